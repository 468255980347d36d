/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A view that is a table of metrics: its columns are all it has to say of itself. */
#ifndef FUKA_COLUMNS_H
#define FUKA_COLUMNS_H

#include "collect/show/views/rows.h"

enum column_how {
	COLUMN_LAST, /* a gauge: the latest value */
	COLUMN_MEAN, /* a share: its mean by time */
	COLUMN_RATE, /* a counter: its growth a second */
};

struct column {
	const char *title, *metric;
	enum column_how how;
	double scale;
	int width, decimals; /* width 0: not shown, for others to be made of */
	bool both;           /* also where two recordings stand side by side */
};

/*
 * 0, or -ENODATA when no recording has any of the metrics. `derive`, unless NULL, makes of a row's figures, in the
 * order of the columns, those that are no metric's own.
 */
int columns_print(FILE *out, struct recording *const *r, int n, const struct view_options *o,
		  const struct column *column, size_t count, void (*derive)(double *figure));

/* Things that a recording has metrics of, "disk.", "cpu": the thing's name stands between that and a column's metric. */
struct things {
	const char *family;
	const char *title; /* stands before its name in a table's head; "" */
	bool idle_too;     /* a table also where nothing changed, and its empty rows */
	void (*derive)(double *figure);
};

/*
 * A table for each thing. "disk." with a first column ".reads" makes a table of each DEVICE that has a metric
 * disk.DEVICE.reads. -ENODATA when there is none.
 */
int columns_each(FILE *out, struct recording *r, const struct view_options *o, const struct things *things,
		 const struct column *column, size_t count);

/* The figures of some columns for each row, by one walk over the recording. */
struct column_figures {
	double *value; /* a row after the other; NaN where there is none: absent, never zero */
	bool *some;    /* of a column: there is a point of it */
	bool *changed; /* … there are two that differ */
};

int columns_figures(struct recording *r, const struct rows *rows, const struct column *column, size_t count,
		    struct column_figures *out);
void column_figures_free(struct column_figures *f);

#endif
