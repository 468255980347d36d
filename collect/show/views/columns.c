// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/show/views/columns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- figures --- */

/* The current row of a column, as far as it has been read. */
struct column_tally {
	size_t row, points;
	struct point base, latest; /* the point from which a rate counts; the latest point */
	bool have, based;          /* `latest` is set; `base` is from before the row */
	double sum, weight, first;
};

struct column_filling {
	const struct rows *rows;
	const struct column *column;
	size_t columns, *which; /* the column of each requested metric */
	struct column_tally *tally;
	struct column_figures *f;
};

/*
 * Growth per second over the points that the row covers, from the last one before it. No figure if the counter fell,
 * because it was reset.
 */
static double rate(const struct column_tally *t)
{
	const struct point *a = &t->base, *b = &t->latest;

	return (t->points < 2 && !t->based) || b->value < a->value || b->at_ns <= a->at_ns
		       ? NAN
		       : (b->value - a->value) / ((double)(b->at_ns - a->at_ns) / 1e9);
}

/* Ends the current row of a column. */
static void settle(struct column_filling *w, size_t i)
{
	const struct column *c = &w->column[i];
	struct column_tally *t = &w->tally[i];

	if (t->points && t->row < w->rows->count) {
		double v = c->how == COLUMN_LAST   ? t->latest.value
			   : c->how == COLUMN_MEAN ? t->sum / t->weight
						   : rate(t);

		w->f->value[t->row * w->columns + i] = v * (c->scale != 0 ? c->scale : 1);
	}
	t->points = 0;
	t->sum = t->weight = 0;
}

static int take(void *user, size_t which, const struct point *p)
{
	struct column_filling *w = user;
	size_t i = w->which[which];
	struct column_tally *t = &w->tally[i];
	double weight = p->at_ns > p->from_ns ? (double)(p->at_ns - p->from_ns) : 1;

	t->first = w->f->some[i] ? t->first : p->value;
	w->f->some[i] = true;
	w->f->changed[i] |= p->value != t->first;
	if (t->row == w->rows->count || (t->have && p->at_ns < t->latest.at_ns))
		return 0; /* later than all rows, or the clock went backwards */
	if (p->at_ns > w->rows->at[t->row]) {
		settle(w, i);
		while (t->row < w->rows->count && p->at_ns > w->rows->at[t->row])
			t->row++;
	}
	if (t->row < w->rows->count && p->at_ns > rows_from(w->rows, t->row)) {
		if (!t->points++) {
			t->base = t->have ? t->latest : *p;
			t->based = t->have;
		}
		t->sum += weight * p->value;
		t->weight += weight;
	}
	t->latest = *p;
	t->have = true;
	return 0;
}

static int fill(struct recording *r, struct column_filling *w)
{
	const char **name = calloc(w->columns + 1, sizeof(*name));
	size_t names = 0;
	int err = name && w->which && w->tally ? 0 : -ENOMEM;

	for (size_t i = 0; i < w->columns && !err; i++)
		if (metric_known(w->column[i].metric)) {
			w->which[names] = i;
			name[names++] = w->column[i].metric;
		}
	err = err ?: metric_each(r, name, names, take, w);
	for (size_t i = 0; i < w->columns && !err; i++)
		settle(w, i);
	free(name);
	return err;
}

int columns_figures(struct recording *r, const struct rows *rows, const struct column *column, size_t count,
		    struct column_figures *out)
{
	size_t cells = rows->count * count;
	struct column_figures f = {.value = calloc(cells + 1, sizeof(*f.value)),
				   .some = calloc(count + 1, sizeof(*f.some)),
				   .changed = calloc(count + 1, sizeof(*f.changed))};
	struct column_filling w = {.rows = rows,
				   .column = column,
				   .columns = count,
				   .which = calloc(count + 1, sizeof(*w.which)),
				   .tally = calloc(count + 1, sizeof(*w.tally)),
				   .f = &f};
	int err = f.value && f.some && f.changed ? 0 : -ENOMEM;

	for (size_t i = 0; i < cells && !err; i++)
		f.value[i] = NAN;
	err = err ?: fill(r, &w);
	free(w.which);
	free(w.tally);
	if (err)
		column_figures_free(&f);
	else
		*out = f;
	return err;
}

void column_figures_free(struct column_figures *f)
{
	free(f->value);
	free(f->some);
	free(f->changed);
	*f = (struct column_figures){0};
}

/* --- tables --- */

static bool shown(const struct column *c, int n)
{
	return c->width && (n == 1 || c->both);
}

/* The parts of a table other than its recordings. */
struct columns_table {
	const struct column *column;
	size_t count;
	void (*derive)(double *figure);
	struct rows rows;
	bool all; /* rows */
};

static void print_titles(FILE *out, const char *head, struct recording *const *r, int n, const struct columns_table *t)
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

/* Reads row k of one recording, from column `from` of the figures on. Returns whether it has any figure. */
static bool row_figures(const struct column_figures *f, const struct columns_table *t, size_t k, size_t width,
			size_t from, double *figure)
{
	bool any = false;

	for (size_t c = 0; c < t->count; c++) {
		figure[c] = f->value[k * width + from + c];
		any |= !isnan(figure[c]);
	}
	if (t->derive)
		t->derive(figure);
	return any;
}

static void print_row(FILE *out, const double *figure, int n, const struct columns_table *t, size_t k)
{
	char time[32];

	fprintf(out, "%9s", rows_time(time, sizeof(time), t->rows.at[k], t->rows.step_ns));
	for (int i = 0; i < n; i++, fputs(i < n ? "  " : "\n", out))
		for (size_t c = 0; c < t->count; c++)
			if (shown(&t->column[c], n))
				rows_cell(out, t->column[c].width, t->column[c].decimals, figure[i * t->count + c]);
}

/* The table's figures are at column `from` of rows that have `width` columns. */
static void print_rows(FILE *out, const struct column_figures *f, int n, const struct columns_table *t, size_t width,
		       size_t from, bool empty_too)
{
	double figure[2 * t->count];

	for (size_t k = 0; k < t->rows.count; k++) {
		bool any = empty_too;

		if (!t->all && t->rows.at[k] == 0)
			continue; /* at t0 no time has passed */
		for (int i = 0; i < n; i++)
			any |= row_figures(&f[i], t, k, width, from, figure + i * t->count);
		if (any)
			print_row(out, figure, n, t, k);
	}
}

int columns_print(FILE *out, struct recording *const *r, int n, const struct view_options *o,
		  const struct column *column, size_t count, void (*derive)(double *figure))
{
	struct columns_table t = {.column = column, .count = count, .derive = derive, .all = o->all};
	struct column_figures f[2] = {0};
	bool any = false;
	int err = rows_make(r, n, o->all, 20, &t.rows);

	for (int i = 0; i < n && !err; i++) {
		err = columns_figures(r[i], &t.rows, column, count, &f[i]);
		for (size_t c = 0; c < count && !err; c++)
			any |= f[i].some[c];
	}
	if (!err && !any)
		err = -ENODATA;
	if (!err) {
		print_titles(out, "time", r, n, &t);
		print_rows(out, f, n, &t, count, 0, true);
	}
	for (int i = 0; i < n; i++)
		column_figures_free(&f[i]);
	rows_free(&t.rows);
	return err;
}

/* --- one table per thing --- */

#define CELLS_MAX (1 << 22) /* maximum number of cells read in one pass over the recording: 32 MiB */
#define THING     64

/* Extracts "vda" from "disk.vda.reads", for "disk." and ".reads"; false if the name does not match. */
static bool thing_of(const char *name, const char *family, const char *metric, char thing[THING])
{
	size_t before = strlen(family), n = strlen(name), after = strlen(metric);

	if (strncmp(name, family, before) || n <= before + after || n - before - after >= THING ||
	    strcmp(name + n - after, metric))
		return false;
	snprintf(thing, THING, "%.*s", (int)(n - before - after), name + before);
	return true;
}

/* A number of things and the columns of all of them. */
struct batch {
	char (*thing)[THING];
	char (*name)[160];
	struct column *column;
	size_t count, most;
};

static void batch_free(struct batch *b)
{
	free(b->thing);
	free(b->name);
	free(b->column);
}

static int batch_make(struct batch *b, const struct columns_table *t, size_t names)
{
	size_t fit = CELLS_MAX / (t->rows.count * t->count + 1);

	b->most = fit < 1 ? 1 : fit < names ? fit : names;
	b->thing = calloc(b->most + 1, sizeof(*b->thing));
	b->name = calloc(b->most * t->count + 1, sizeof(*b->name));
	b->column = calloc(b->most * t->count + 1, sizeof(*b->column));
	return b->thing && b->name && b->column ? 0 : -ENOMEM;
}

/* Prints the batch's tables and empties it; returns how many it printed. */
static int batch_print(FILE *out, struct recording *r, const struct columns_table *t, const struct things *things,
		       struct batch *b)
{
	size_t width = b->count * t->count;
	struct column_figures f;
	char head[THING + 8];
	int shown = 0;

	for (size_t i = 0; i < width; i++) {
		snprintf(b->name[i], sizeof(*b->name), "%s%s%s", things->family, b->thing[i / t->count],
			 t->column[i % t->count].metric);
		b->column[i] = t->column[i % t->count];
		b->column[i].metric = b->name[i];
	}
	int err = columns_figures(r, &t->rows, b->column, width, &f);
	if (err)
		return err;
	for (size_t i = 0; i < b->count; i++) {
		bool show = things->idle_too;

		for (size_t c = 0; c < t->count; c++)
			show |= f.changed[i * t->count + c];
		if (!show)
			continue;
		snprintf(head, sizeof(head), "%s%s", things->title, b->thing[i]);
		print_titles(out, head, &r, 1, t);
		print_rows(out, &f, 1, t, width, i * t->count, things->idle_too);
		shown++;
	}
	column_figures_free(&f);
	b->count = 0;
	return shown;
}

int columns_each(FILE *out, struct recording *r, const struct view_options *o, const struct things *things,
		 const struct column *column, size_t count)
{
	struct columns_table t = {.column = column, .count = count, .derive = things->derive, .all = o->all};
	struct batch b = {0};
	char **names = NULL;
	size_t n = 0;
	int shown = 0, err = rows_make(&r, 1, o->all, 20, &t.rows);

	if (err)
		return err;
	err = metric_names(r, false, &names, &n) ?: batch_make(&b, &t, n);
	for (size_t i = 0; i < n && err >= 0; i++) {
		b.count += thing_of(names[i], things->family, column[0].metric, b.thing[b.count]);
		if (b.count && (b.count == b.most || i + 1 == n)) {
			err = batch_print(out, r, &t, things, &b);
			shown += err > 0 ? err : 0;
		}
	}
	if (names)
		metric_names_free(names);
	batch_free(&b);
	rows_free(&t.rows);
	return err < 0 ? err : shown ? 0 : -ENODATA;
}
