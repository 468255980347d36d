// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/show/views/columns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* What a table is made of, beside its recordings. */
struct table {
	const struct column *column;
	size_t count;
	void (*derive)(double *figure);
	struct rows rows;
	bool all; /* rows */
};

static void print_titles(FILE *out, const char *head, struct recording *const *r, int n, const struct table *t)
{
	int width = 0;

	for (size_t c = 0; c < t->count; c++)
		width += shown(&t->column[c], n) ? t->column[c].width : 0;
	if (n == 2)
		fprintf(out, "%9s   %-*.*s  %-*.*s\n", "", width - 1, width - 1, recording_title(r[0]), width - 1,
			width - 1, recording_title(r[1]));
	fprintf(out, "%9s", head);
	for (int i = 0; i < n; i++, fputs(i < n ? "  " : "\n", out))
		for (size_t c = 0; c < t->count; c++)
			if (shown(&t->column[c], n))
				fprintf(out, "%*s", t->column[c].width, t->column[c].title);
}

/* Row k's figures of one recording; whether there is any. */
static bool figures(const struct series *s, const struct table *t, size_t k, double *figure)
{
	bool any = false;

	for (size_t c = 0; c < t->count; c++) {
		figure[c] = columns_figure(&s[c], &t->column[c], rows_from(&t->rows, k), t->rows.at[k]);
		any |= !isnan(figure[c]);
	}
	if (t->derive)
		t->derive(figure);
	return any;
}

static void print_row(FILE *out, const double *figure, int n, const struct table *t, size_t k)
{
	char time[32];

	fprintf(out, "%9s", rows_time(time, sizeof(time), t->rows.at[k], t->rows.step_ns));
	for (int i = 0; i < n; i++, fputs(i < n ? "  " : "\n", out))
		for (size_t c = 0; c < t->count; c++)
			if (shown(&t->column[c], n))
				rows_cell(out, t->column[c].width, t->column[c].decimals, figure[i * t->count + c]);
}

static void print_rows(FILE *out, struct series *const *s, int n, const struct table *t, bool empty_too)
{
	double figure[2 * t->count];

	for (size_t k = 0; k < t->rows.count; k++) {
		bool any = empty_too;

		if (!t->all && t->rows.at[k] == 0)
			continue; /* at t0 nothing has happened yet */
		for (int i = 0; i < n; i++)
			any |= figures(s[i], t, k, figure + i * t->count);
		if (any)
			print_row(out, figure, n, t, k);
	}
}

int columns_print(FILE *out, struct recording *const *r, int n, const struct view_options *o,
		  const struct column *column, size_t count, void (*derive)(double *figure))
{
	const char **names = calloc(count, sizeof(*names));
	struct series *s[2] = {calloc(count, sizeof(**s)), calloc(count, sizeof(**s))};
	struct table t = {.column = column, .count = count, .derive = derive, .all = o->all};
	bool any = false;
	int err = names && s[0] && s[1] ? rows_make(r, n, o->all, 20, &t.rows) : -ENOMEM;

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
		print_titles(out, "time", r, n, &t);
		print_rows(out, s, n, &t, true);
	}
	for (int i = 0; i < 2; i++) {
		for (size_t c = 0; s[i] && c < count; c++)
			series_free(&s[i][c]);
		free(s[i]);
	}
	free(names);
	rows_free(&t.rows);
	return err;
}

static bool changes(const struct series *s, size_t count)
{
	for (size_t c = 0; c < count; c++)
		for (size_t i = 1; i < s[c].count; i++)
			if (s[c].point[i].value != s[c].point[0].value)
				return true;
	return false;
}

/* 1, or 0 when nothing of this thing changed. */
static int print_thing(FILE *out, struct recording *r, const struct table *t, const char *family, const char *thing)
{
	char name[t->count][160];
	const char *names[t->count];
	struct series s[t->count], *const one[] = {s};

	for (size_t c = 0; c < t->count; c++) {
		snprintf(name[c], sizeof(name[c]), "%s.%s.%s", family, thing, t->column[c].metric);
		names[c] = name[c];
	}
	int err = metric_many(r, names, t->count, s);
	if (err)
		return err;
	bool show = changes(s, t->count);
	if (show) {
		print_titles(out, thing, &r, 1, t);
		print_rows(out, one, 1, t, false);
	}
	for (size_t c = 0; c < t->count; c++)
		series_free(&s[c]);
	return show;
}

/* "vda" of "disk.vda.reads": false where the name is another's. */
static bool thing_of(const char *name, const char *family, const char *metric, char thing[64])
{
	size_t before = strlen(family) + 1, n = strlen(name), after = strlen(metric) + 1;

	if (strncmp(name, family, before - 1) || name[before - 1] != '.' || n <= before + after ||
	    n - before - after >= 64 || name[n - after] != '.' || strcmp(name + n - after + 1, metric))
		return false;
	snprintf(thing, 64, "%.*s", (int)(n - before - after), name + before);
	return true;
}

int columns_each(FILE *out, struct recording *r, const struct view_options *o, const char *family,
		 const struct column *column, size_t count, void (*derive)(double *figure))
{
	struct table t = {.column = column, .count = count, .derive = derive, .all = o->all};
	char **names, thing[64];
	size_t n;
	int shown = 0, err = rows_make(&r, 1, o->all, 20, &t.rows);

	if (err)
		return err;
	err = metric_names(r, false, &names, &n);
	if (err)
		n = 0;
	for (size_t i = 0; i < n && err >= 0; i++)
		if (thing_of(names[i], family, column[0].metric, thing)) {
			err = print_thing(out, r, &t, family, thing);
			shown += err > 0;
		}
	if (n)
		metric_names_free(names);
	rows_free(&t.rows);
	return err < 0 ? err : shown ? 0 : -ENODATA;
}
