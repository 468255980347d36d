// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/exports/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The source that is read first in each round, as far as the recording has it: its times are the rows'. */
static const struct series *clock_of(const struct table *t)
{
	static const char *const names[] = {"procs.running", "load1", "procs.total", "mem.free", "vmstat.pgfault"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		long c = table_column(t, names[i]);

		if (c >= 0 && t->series[c].count)
			return &t->series[c];
	}
	return NULL;
}

int table_read(struct recording *r, bool all, struct table *out)
{
	struct table t = {0};
	int err = metric_names(r, all, &t.name, &t.columns);

	if (err)
		return err;
	t.series = calloc(t.columns + 1, sizeof(*t.series));
	t.place = calloc(t.columns + 1, sizeof(*t.place));
	err = t.series && t.place ? metric_many(r, (const char *const *)t.name, t.columns, t.series) : -ENOMEM;
	const struct series *clock = err ? NULL : clock_of(&t);

	if (!err)
		err = clock ? 0 : -ENODATA;
	if (!err) {
		t.at = malloc(clock->count * sizeof(*t.at));
		err = t.at ? 0 : -ENOMEM;
	}
	for (size_t i = 0; !err && i < clock->count; i++)
		t.at[t.rows++] = clock->point[i].at_ns;
	if (err)
		table_free(&t);
	else
		*out = t;
	return err;
}

void table_free(struct table *t)
{
	for (size_t i = 0; t->series && i < t->columns; i++)
		series_free(&t->series[i]);
	metric_names_free(t->name);
	free(t->series);
	free(t->place);
	free(t->at);
	*t = (struct table){0};
}

double table_cell(struct table *t, size_t row, size_t column)
{
	const struct series *s = &t->series[column];
	size_t *i = &t->place[column];
	int64_t next = row + 1 < t->rows ? t->at[row + 1] : INT64_MAX;

	while (*i < s->count && s->point[*i].at_ns < t->at[row])
		(*i)++;
	return *i < s->count && s->point[*i].at_ns < next ? s->point[*i].value : NAN;
}

long table_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (!strcmp(t->name[i], name))
			return (long)i;
	return -1;
}
