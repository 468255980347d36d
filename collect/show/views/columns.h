/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A view that is a table of metrics is described by its columns alone. */
#ifndef FUKA_COLUMNS_H
#define FUKA_COLUMNS_H

#include "collect/show/views/rows.h"

enum column_how {
	COLUMN_LAST, /* a gauge: the latest value */
	COLUMN_MEAN, /* a share: its mean by time */
	COLUMN_RATE, /* a counter: its growth per second */
};

struct column {
	const char *title, *metric;
	enum column_how how;
	double scale;
	int width, decimals; /* width 0: not shown, but used by derive() */
	bool both;           /* shown also with two recordings side by side */
};

/*
 * Returns 0, or -ENODATA if no recording has any of the metrics. `derive`, unless NULL, computes those of a row's
 * figures, in the order of the columns, that are not metrics.
 */
int columns_print(FILE *out, struct recording *const *r, int n, const struct view_options *o,
		  const struct column *column, size_t count, void (*derive)(double *figure));

/*
 * Things that have metrics, such as disks: a metric's name is `family` ("disk.", "cpu"), the thing's name, and the
 * column's metric.
 */
struct things {
	const char *family;
	const char *title; /* precedes its name in a table's head; may be "" */
	bool idle_too;     /* print a table even if nothing changed, with its empty rows */
	void (*derive)(double *figure);
};

/*
 * Prints one table per thing. "disk." with a first column ".reads" makes one table per DEVICE that has a metric
 * disk.DEVICE.reads. -ENODATA if there is none.
 */
int columns_each(FILE *out, struct recording *r, const struct view_options *o, const struct things *things,
		 const struct column *column, size_t count);

/* The figures of some columns for each row, read in one pass over the recording. */
struct column_figures {
	double *value; /* row by row; a missing figure is NaN, never zero */
	bool *some;    /* per column: it has a point */
	bool *changed; /* … it has two different ones */
};

int columns_figures(struct recording *r, const struct rows *rows, const struct column *column, size_t count,
		    struct column_figures *out);
void column_figures_free(struct column_figures *f);

#endif
