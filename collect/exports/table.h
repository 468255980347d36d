/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All metrics of a recording as a table: a row a sample of the fast lane. What CSV, JSON and sadf are written from. */
#ifndef FUKA_TABLE_H
#define FUKA_TABLE_H

#include "collect/metric.h"

#include <stdbool.h>

struct table {
	char **name;
	struct series *series; /* in step with name */
	size_t columns;
	int64_t *at; /* of each row's first sample, ns from t0 */
	size_t rows;
	size_t *place; /* where each column has come to: rows are asked for in order */
};

/* -ENODATA when there is not one sample. */
int table_read(struct recording *r, bool all, struct table *out);
void table_free(struct table *t);

/* A cell; NaN where the row has no such figure. Rows in ascending order. */
double table_cell(struct table *t, size_t row, size_t column);

/* A name's column, or -1. */
long table_column(const struct table *t, const char *name);

#endif
