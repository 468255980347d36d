/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views have in common: the times of a table's rows, a figure for a row, and how cells are printed. */
#ifndef FUKA_ROWS_H
#define FUKA_ROWS_H

#include "collect/metrics/metric.h"
#include "collect/show/views/view.h"

/* Row i covers (at[i - 1], at[i]]; the first one (at[0] - step_ns, at[0]]. Relative to t0. */
struct rows {
	int64_t *at;
	size_t count;
	int64_t step_ns;
	int64_t end_ns; /* the last sample's time */
};

#define ROWS_MAX (1 << 20) /* of all tables together: a day of ten a second */

/*
 * Rows for these recordings, from t0 to the last sample of the longer one: at most about `most` at multiples of a round
 * step, and one at the very end; every sample's time with `all`, up to ROWS_MAX: what is left out then is said. -ENODATA
 * when none has a sample after t0.
 */
int rows_make(struct recording *const *r, int n, bool all, size_t most, struct rows *out);
void rows_free(struct rows *rows);

/* Start of what row i covers. */
int64_t rows_from(const struct rows *rows, size_t i);

/* "8.27s" or, from two minutes on or with steps of minutes, "20:00"; step_ns gives the precision. */
const char *rows_time(char *buf, size_t size, int64_t at_ns, int64_t step_ns);

/* One number, right-aligned behind a blank, with fewer decimals where it needs the room; "-" for NaN. */
void rows_cell(FILE *out, int width, int decimals, double value);

/*
 * A view that cannot stand side by side prints one recording after the other, each under its name. 0 when any of them
 * had something to show, -ENODATA when none had.
 */
int rows_each(FILE *out, struct recording *const *r, int n, const struct view_options *o,
	      int (*print_one)(FILE *out, struct recording *r, const struct view_options *o));

#endif
