// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/show/exports/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b, void *names)
{
	char *const *name = names;

	return strcmp(name[*(const size_t *)a], name[*(const size_t *)b]);
}

int table_open(struct recording *r, bool all, struct table *out)
{
	struct table t = {.name = NULL};
	int err = metric_names(r, all, &t.name, &t.columns);

	if (err)
		return err;
	t.cell = malloc((t.columns + 1) * sizeof(*t.cell));
	t.sorted = malloc((t.columns + 1) * sizeof(*t.sorted));
	if (!t.cell || !t.sorted) {
		table_free(&t);
		return -ENOMEM;
	}
	for (size_t i = 0; i < t.columns; i++)
		t.sorted[i] = i;
	qsort_r(t.sorted, t.columns, sizeof(*t.sorted), by_name, t.name);
	*out = t;
	return 0;
}

void table_free(struct table *t)
{
	metric_names_free(t->name);
	free(t->cell);
	free(t->sorted);
	*t = (struct table){.name = NULL};
}

long table_column(const struct table *t, const char *name)
{
	size_t lo = 0, hi = t->columns;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(t->name[t->sorted[mid]], name);

		if (!order)
			return (long)t->sorted[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

/* --- the rows --- */

struct table_filling {
	struct table *t;
	bool *first; /* columns of the source that is read first at each tick: its samples begin the rows */
	bool begun;
	int (*row)(void *user, const struct table *t);
	void *user;
};

static int any_point(void *user, size_t which, const struct point *p)
{
	(void)user;
	(void)which;
	(void)p;
	return 1;
}

/* Finds the source whose samples begin the rows: the first of these of which the recording has figures. */
static const char *first_source(struct recording *r)
{
	static const char *const names[] = {"procs.running", "load1", "procs.total", "mem.free", "vmstat.pgfault"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (metric_each(r, &names[i], 1, any_point, NULL) == 1)
			return metric_source(names[i]);
	return NULL;
}

static void row_clear(struct table *t, int64_t at_ns)
{
	for (size_t i = 0; i < t->columns; i++)
		t->cell[i] = NAN;
	t->at_ns = at_ns;
}

static int take(void *user, size_t which, const struct point *p)
{
	struct table_filling *f = user;
	int err = 0;

	if (f->first[which] && (!f->begun || p->at_ns != f->t->at_ns)) {
		err = f->begun ? f->row(f->user, f->t) : 0;
		row_clear(f->t, p->at_ns);
		f->begun = true;
	}
	if (f->begun && isnan(f->t->cell[which]))
		f->t->cell[which] = p->value;
	return err;
}

int table_rows(struct recording *r, struct table *t, int (*row)(void *user, const struct table *t), void *user)
{
	const char *first = first_source(r);
	struct table_filling f = {.t = t, .row = row, .user = user, .first = calloc(t->columns + 1, sizeof(bool))};
	int err = !f.first ? -ENOMEM : first ? 0 : -ENODATA;

	for (size_t i = 0; i < t->columns && !err; i++)
		f.first[i] = !strcmp(metric_source(t->name[i]), first);
	err = err ?: metric_each(r, (const char *const *)t->name, t->columns, take, &f);
	free(f.first);
	if (err)
		return err;
	return f.begun ? row(user, t) : -ENODATA;
}
