/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Common parts of the views: the times of a table's rows, and how cells are printed. */
#ifndef FUKA_ROWS_H
#define FUKA_ROWS_H

#include "collect/metrics/metric.h"
#include "collect/show/views/view.h"

/* Row i covers (at[i - 1], at[i]], the first one (at[0] - step_ns, at[0]]; times are relative to t0. */
struct rows {
	int64_t *at;
	size_t count;
	int64_t step_ns;
	int64_t end_ns; /* the last sample's time */
};

#define ROWS_MAX (1 << 20) /* of all recordings together: a day at ten samples per second */

/*
 * Makes rows for these recordings, from t0 to the last sample of the longer one: about `most` at multiples of a round
 * step, and one at the very end. With `all`, one row per sample, up to ROWS_MAX; the rest is reported as left out.
 * -ENODATA if there is no sample after t0.
 */
int rows_make(struct recording *const *r, int n, bool all, size_t most, struct rows *out);
void rows_free(struct rows *rows);

/* The start of the time that row i covers. */
int64_t rows_from(const struct rows *rows, size_t i);

/* Formats "8.27s" or, from two minutes on or with steps of minutes, "20:00"; step_ns determines the precision. */
const char *rows_time(char *buf, size_t size, int64_t at_ns, int64_t step_ns);

/* Prints a number, right-aligned after a blank, with fewer decimals if there is no room; "-" for NaN. */
void rows_cell(FILE *out, int width, int decimals, double value);

/*
 * For a view that cannot show two recordings side by side: prints one after the other, each under its name. 0 if any of
 * them had something to show, else -ENODATA.
 */
int rows_each(FILE *out, struct recording *const *r, int n, const struct view_options *o,
	      int (*print_one)(FILE *out, struct recording *r, const struct view_options *o));

#endif
