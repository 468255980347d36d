/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All metrics of a recording as a table: a row a sample of the fast lane. What CSV, JSON and sadf are written from. */
#ifndef FUKA_TABLE_H
#define FUKA_TABLE_H

#include "collect/metrics/metric.h"

#include <stdbool.h>

struct table {
	char **name;
	size_t columns;
	double *cell;   /* the present row's, in step with name; NaN where it has no such figure */
	int64_t at_ns;  /* its first sample's time, from t0 */
	size_t *sorted; /* the columns by their names */
};

/* The columns. The rows come from table_rows(). */
int table_open(struct recording *r, bool all, struct table *out);
void table_free(struct table *t);

/*
 * Calls row() for each row, in order, until it returns other than 0, which is then returned; nothing is kept, so that a
 * recording may be longer than memory. -ENODATA when there is not one sample.
 */
int table_rows(struct recording *r, struct table *t, int (*row)(void *user, const struct table *t), void *user);

/* A name's column, or -1. */
long table_column(const struct table *t, const char *name);

#endif
