// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/views/columns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Growth a second over the points that the row covers, from the last one before it. A fall is a restart: no figure. */
static double rate(const struct series *s, int64_t from_ns, int64_t to_ns)
{
	size_t lo = 0, hi = s->count, first;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->point[mid].at_ns <= from_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	first = lo ? lo - 1 : 0;
	for (hi = lo; hi < s->count && s->point[hi].at_ns <= to_ns; hi++)
		;
	if (hi <= first + 1 || hi <= lo)
		return NAN;
	const struct point *a = &s->point[first], *b = &s->point[hi - 1];
	return b->value < a->value || b->at_ns <= a->at_ns
		       ? NAN
		       : (b->value - a->value) / ((double)(b->at_ns - a->at_ns) / 1e9);
}

double columns_figure(const struct series *s, const struct column *c, int64_t from_ns, int64_t to_ns)
{
	double v = c->how == COLUMN_LAST   ? rows_last(s, from_ns, to_ns)
		   : c->how == COLUMN_MEAN ? rows_mean(s, from_ns, to_ns)
					   : rate(s, from_ns, to_ns);

	return v * (c->scale != 0 ? c->scale : 1);
}

static bool shown(const struct column *c, int n)
{
	return c->width && (n == 1 || c->both);
}

static void print_titles(FILE *out, struct recording *const *r, int n, const struct column *column, size_t count)
{
	int width = 0;

	for (size_t c = 0; c < count; c++)
		width += shown(&column[c], n) ? column[c].width : 0;
	if (n == 2)
		fprintf(out, "%9s   %-*.*s  %-*.*s\n", "", width - 1, width - 1, rows_name(r[0]), width - 1, width - 1,
			rows_name(r[1]));
	fprintf(out, "%9s", "time");
	for (int i = 0; i < n; i++, fputs(i < n ? "  " : "\n", out))
		for (size_t c = 0; c < count; c++)
			if (shown(&column[c], n))
				fprintf(out, "%*s", column[c].width, column[c].title);
}

static void print_cells(FILE *out, const struct series *s, int n, int64_t from_ns, int64_t to_ns,
			const struct column *column, size_t count, void (*derive)(double *figure))
{
	double figure[count];

	for (size_t c = 0; c < count; c++)
		figure[c] = columns_figure(&s[c], &column[c], from_ns, to_ns);
	if (derive)
		derive(figure);
	for (size_t c = 0; c < count; c++)
		if (shown(&column[c], n))
			rows_cell(out, column[c].width, column[c].decimals, figure[c]);
}

static void print_rows(FILE *out, struct series *const *s, int n, const struct rows *rows, bool all,
		       const struct column *column, size_t count, void (*derive)(double *figure))
{
	char time[32];

	for (size_t k = 0; k < rows->count; k++) {
		if (!all && rows->at[k] == 0)
			continue; /* at t0 nothing has happened yet */
		fprintf(out, "%9s", rows_time(time, sizeof(time), rows->at[k], rows->step_ns));
		for (int i = 0; i < n; i++, fputs(i < n ? "  " : "\n", out))
			print_cells(out, s[i], n, rows_from(rows, k), rows->at[k], column, count, derive);
	}
}

int columns_print(FILE *out, struct recording *const *r, int n, const struct view_options *o,
		  const struct column *column, size_t count, void (*derive)(double *figure))
{
	const char **names = calloc(count, sizeof(*names));
	struct series *s[2] = {calloc(count, sizeof(**s)), calloc(count, sizeof(**s))};
	struct rows rows = {0};
	bool any = false;
	int err = names && s[0] && s[1] ? rows_make(r, n, o->all, 20, &rows) : -ENOMEM;

	for (size_t c = 0; c < count && !err; c++)
		names[c] = column[c].metric;
	for (int i = 0; i < n && !err; i++) {
		err = metric_many(r[i], names, count, s[i]);
		for (size_t c = 0; c < count && !err; c++)
			any |= s[i][c].count > 0;
	}
	if (!err && !any)
		err = -ENODATA;
	if (!err) {
		print_titles(out, r, n, column, count);
		print_rows(out, s, n, &rows, o->all, column, count, derive);
	}
	for (int i = 0; i < 2; i++) {
		for (size_t c = 0; s[i] && c < count; c++)
			series_free(&s[i][c]);
		free(s[i]);
	}
	free(names);
	rows_free(&rows);
	return err;
}
