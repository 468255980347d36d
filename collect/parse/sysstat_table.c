// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is the output of mpstat -P ALL 4 1, sar -u 4 1 and sar -q 4 1 in the C locale, which repeat it as
 * "Average:":
 *
 *	02:15:04     CPU    %usr   %nice    %sys %iowait    %irq   %soft  %steal  %guest  %gnice   %idle
 *	02:15:08     all   96.75    0.00    3.25    0.00    0.00    0.00    0.00    0.00    0.00    0.00
 *
 *	02:15:04        CPU     %user     %nice   %system   %iowait    %steal     %idle
 *	02:15:08        all     96.75      0.00      3.25      0.00      0.00      0.00
 *
 *	02:15:04      runq-sz  plist-sz   ldavg-1   ldavg-5  ldavg-15   blocked
 *	02:15:08            2        81      0.37      0.08      0.03         0
 */
#include "collect/parse/sysstat_table.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX (SYSSTAT_COLUMNS + 2) /* the time and the CPU */
#define CPU_MAX   9999

/* Splits a line into words; a result of WORDS_MAX + 1 means that there are too many. */
static int split(char *line, char *word[WORDS_MAX + 1])
{
	char *rest;
	int n = 0;

	for (char *w = strtok_r(line, " \t", &rest); w && n <= WORDS_MAX; w = strtok_r(NULL, " \t", &rest))
		word[n++] = w;
	return n;
}

static bool is_head(char *const word[], int n)
{
	return n > 2 && n <= WORDS_MAX && (!strcmp(word[1], "CPU") || !strcmp(word[1], "runq-sz"));
}

static bool take_head(struct sysstat_table *t, char *const word[], int n)
{
	t->has_cpus = !strcmp(word[1], "CPU");

	int first = t->has_cpus ? 2 : 1;

	if (n - first > SYSSTAT_COLUMNS)
		return false;
	for (t->columns = 0; t->columns < n - first; t->columns++) {
		const char *title = word[first + t->columns];

		if (strlen(title) >= sizeof(t->title[0]))
			return false;
		strcpy(t->title[t->columns], title);
	}
	return true;
}

/* Reads a CPU number; "all" is -1. */
static bool read_cpu(const char *word, int *cpu)
{
	char *rest;

	*cpu = -1;
	if (!strcmp(word, "all"))
		return true;
	long n = isdigit((unsigned char)*word) ? strtol(word, &rest, 10) : CPU_MAX + 1;

	if (n > CPU_MAX || *rest)
		return false;
	*cpu = (int)n;
	return true;
}

static void take_row(struct sysstat_table *t, char *const word[], int n)
{
	int first = t->has_cpus ? 2 : 1, row = t->rows;

	if (n != t->columns + first || row == SYSSTAT_ROWS || !strcmp(word[0], "Average:"))
		return;
	t->cpu[row] = -1;
	if (t->has_cpus && !read_cpu(word[1], &t->cpu[row]))
		return;
	for (int c = 0; c < t->columns; c++) {
		char *rest;

		t->value[row][c] = strtod(word[first + c], &rest);
		if (*rest || !isfinite(t->value[row][c]))
			return;
	}
	t->rows++;
}

bool sysstat_table_read(char *text, struct sysstat_table *out)
{
	struct sysstat_table t = {0};
	char *rest, *word[WORDS_MAX + 1];

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		int n = split(line, word);
		bool head = is_head(word, n);

		if (head && t.columns)
			break;
		if (head && !take_head(&t, word, n))
			return false;
		if (!head && t.columns)
			take_row(&t, word, n);
	}
	if (t.rows)
		*out = t;
	return t.rows > 0;
}
