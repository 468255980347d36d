// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text as what mpstat or sar printed. The table that is read, printed as they do, is read as the same table. */
#include "collect/parse/sysstat_table.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static char *print(const struct sysstat_table *t)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	fprintf(f, "00:00:00 %s", t->has_cpus ? "CPU" : "");
	for (int c = 0; c < t->columns; c++)
		fprintf(f, " %s", t->title[c]);
	for (int row = 0; row < t->rows; row++) {
		fprintf(f, "\n00:00:01 ");
		if (t->has_cpus && t->cpu[row] < 0)
			fprintf(f, "all");
		else if (t->has_cpus)
			fprintf(f, "%d", t->cpu[row]);
		for (int c = 0; c < t->columns; c++)
			fprintf(f, " %.17g", t->value[row][c]);
	}
	fclose(f);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct sysstat_table t, again;
	char *text = malloc(n + 1), *printed, *retyped;

	if (!text)
		return 0;
	memcpy(text, bytes, n);
	text[n] = '\0';
	memset(&t, 0x55, sizeof(t));
	again = t;
	if (!sysstat_table_read(text, &t)) {
		if (memcmp(&t, &again, sizeof(t)))
			abort(); /* nothing is written when there is no table */
		free(text);
		return 0;
	}
	printed = print(&t);
	retyped = strdup(printed);
	if (!sysstat_table_read(retyped, &again))
		abort();
	free(retyped);
	retyped = print(&again);
	if (strcmp(printed, retyped))
		abort();
	free(retyped);
	free(printed);
	free(text);
	return 0;
}
