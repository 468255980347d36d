// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/swaps, in KiB, where it is recorded: columns apart by blanks and tabs, a name's blanks as \040.
 *
 *	Filename				Type		Size		Used		Priority
 *	/dev/vda                                partition	65532		1280		-2
 */
#include "collect/metrics/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct metric_family metrics_swaps;

static const char *const fields[] = {"size", "used"};

/* A line's name and its two figures; false where it is none. */
static bool read_area(const struct lines *l, char name[48], double figure[2])
{
	char line[256], *rest;
	size_t n = l->end - l->at;

	if (n >= sizeof(line))
		return false;
	memcpy(line, l->at, n);
	line[n] = '\0';
	const char *word = strtok_r(line, " \t", &rest), *type = strtok_r(NULL, " \t", &rest);
	const char *size = strtok_r(NULL, " \t", &rest), *used = strtok_r(NULL, " \t", &rest);

	if (!type || !used || !strtok_r(NULL, " \t", &rest) || *word != '/' || strlen(word) >= 48)
		return false;
	strcpy(name, word);
	return lines_number(&size, size + strlen(size), &figure[0]) &&
	       lines_number(&used, used + strlen(used), &figure[1]);
}

static bool line_key(const struct lines *l, char key[READING_KEY])
{
	double figure[2];

	return read_area(l, key, figure);
}

static int value_swap(struct reading *x, const struct frame *f, double *value)
{
	double figure[2];
	char name[48];

	for (struct lines l = lines_of(f); lines_next(&l);)
		if (read_area(&l, name, figure) && !strcmp(name, x->field)) {
			*value = figure[x->mode] * 1024;
			return 1;
		}
	return 0;
}

/* "swap./dev/vda.used": the file is all between the first dot and the last. */
static bool resolve(const char *name, struct reading *x)
{
	const char *dot = strrchr(name, '.');

	if (strncmp(name, "swap./", 6) || dot - name < 6 || dot - name - 5 >= 48 || strpbrk(name, " \n"))
		return false;
	*x = (struct reading){.source = "swaps", .unit = "B", .value = value_swap};
	memcpy(x->field, name + 5, dot - name - 5);
	x->mode = strcmp(dot + 1, "used") == 0;
	return !strcmp(dot + 1, fields[x->mode]);
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	double figure[2];
	char name[48];

	(void)source;
	(void)all;
	for (struct lines l = lines_of(f); lines_next(&l);)
		if (read_area(&l, name, figure)) {
			names_add(t, "swap.%s.%s", name, fields[0]);
			names_add(t, "swap.%s.%s", name, fields[1]);
		}
}

static const char *const sources[] = {"swaps", NULL};
const struct metric_family metrics_swaps = {sources, resolve, names, line_key};
