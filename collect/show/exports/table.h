/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All metrics of a recording as a table with one row per sample of the fast lane, from which CSV, JSON and sadf are
 * written.
 */
#ifndef FUKA_TABLE_H
#define FUKA_TABLE_H

#include "collect/metrics/metric.h"

#include <stdbool.h>

struct table {
	char **name;
	size_t columns;
	double *cell;   /* of the current row, parallel to name; NaN if it has no such figure */
	int64_t at_ns;  /* its first sample's time, from t0 */
	size_t *sorted; /* the columns by their names */
};

/* Sets up the columns. The rows come from table_rows(). */
int table_open(struct recording *r, bool all, struct table *out);
void table_free(struct table *t);

/*
 * Calls row() for each row, in order, until it returns non-zero, which is then returned. Keeps only one row, so a
 * recording may be larger than memory. -ENODATA if there is no sample.
 */
int table_rows(struct recording *r, struct table *t, int (*row)(void *user, const struct table *t), void *user);

/* A name's column, or -1. */
long table_column(const struct table *t, const char *name);

#endif
