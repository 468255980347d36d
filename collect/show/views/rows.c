// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables have at most about twenty rows, at round times, because a person reads them: a gauge shows its latest value, a
 * share its mean over the time since the row before. --all has every sample's own time.
 */
#include "collect/show/views/rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ll

/* The smallest round step of which at most `most` fit into `span`. */
static int64_t round_step(int64_t span, size_t most)
{
	static const int64_t minutes[] = {1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440};
	static const int64_t parts[] = {10, 20, 50};

	for (int64_t unit = 100000; unit < 10 * SECOND; unit *= 10)
		for (int i = 0; i < 3; i++)
			if (span / (unit * parts[i]) <= (int64_t)most && unit * parts[i] <= 30 * SECOND)
				return unit * parts[i];
	if (span / (30 * SECOND) <= (int64_t)most)
		return 30 * SECOND;
	for (size_t i = 0; i < sizeof(minutes) / sizeof(*minutes); i++)
		if (span / (minutes[i] * 60 * SECOND) <= (int64_t)most)
			return minutes[i] * 60 * SECOND;
	return span / (int64_t)most + 1;
}

/*
 * A series whose points are the samples' own times. A tick's sources are read one after the other, and a row has what
 * was read up to its time: that must be the last of them.
 */
static int sample_times(struct recording *r, struct series *out)
{
	static const char *const names[] = {"vmstat.nr_free_pages", "mem.free", "load1", "procs.running"};
	int err = -ENODATA;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && err == -ENODATA; i++)
		err = metric_series(r, names[i], out);
	return err;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int rows_all(const struct series *s, int n, struct rows *out)
{
	size_t room = 1, count = 0;

	for (int i = 0; i < n; i++)
		room += s[i].count;
	out->at = malloc(room * sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < s[i].count; k++)
			if (s[i].point[k].at_ns >= 0)
				out->at[count++] = s[i].point[k].at_ns;
	qsort(out->at, count, sizeof(*out->at), by_time);
	for (size_t i = 0; i < count; i++)
		if (!out->count || out->at[i] != out->at[out->count - 1])
			out->at[out->count++] = out->at[i];
	out->step_ns = SECOND;
	for (size_t i = 1; i < out->count; i++)
		if (out->at[i] - out->at[i - 1] < out->step_ns)
			out->step_ns = out->at[i] - out->at[i - 1];
	return 0;
}

/* `each` is the time between samples: no row is shorter. */
static int rows_thinned(int64_t first, int64_t end, int64_t each, size_t most, struct rows *out)
{
	size_t fit = each > 0 ? (size_t)(end / each) : most;

	out->step_ns = round_step(end, fit < 1 ? 1 : fit < most ? fit : most);
	out->at = malloc((end / out->step_ns + 3) * sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	for (int64_t at = first > 0 && end >= out->step_ns ? out->step_ns : 0; at <= end; at += out->step_ns)
		out->at[out->count++] = at;
	/* the end itself, unless the last row is as good as there */
	if (end - out->at[out->count - 1] > out->step_ns / 10)
		out->at[out->count++] = end;
	else if (out->count > 1)
		out->at[out->count - 1] = end > out->at[out->count - 1] ? end : out->at[out->count - 1];
	return 0;
}

int rows_make(struct recording *const *r, int n, bool all, size_t most, struct rows *out)
{
	struct series s[2] = {0};
	struct rows rows = {0};
	int64_t first = INT64_MAX, end = -1, each = 0;
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		err = sample_times(r[i], &s[i]);
		if (!err) {
			const struct point *p = s[i].point, *last = &p[s[i].count - 1];

			first = p->at_ns < first ? p->at_ns : first;
			end = last->at_ns > end ? last->at_ns : end;
			each = s[i].count > 1 ? (last->at_ns - p->at_ns) / (int64_t)(s[i].count - 1) : each;
		}
		err = err == -ENODATA ? 0 : err;
	}
	if (!err)
		err = end < 0 ? -ENODATA
		      : all   ? rows_all(s, n, &rows)
			      : rows_thinned(first, end, each - each / 8, most, &rows);
	for (int i = 0; i < n; i++)
		series_free(&s[i]);
	if (!err)
		*out = rows;
	return err;
}

void rows_free(struct rows *rows)
{
	free(rows->at);
	*rows = (struct rows){0};
}

int64_t rows_from(const struct rows *rows, size_t i)
{
	return i ? rows->at[i - 1] : rows->at[0] - rows->step_ns;
}

/* The first point after a time. */
static size_t first_after(const struct series *s, int64_t at_ns)
{
	size_t lo = 0, hi = s->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->point[mid].at_ns <= at_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

double rows_last(const struct series *s, int64_t from_ns, int64_t to_ns)
{
	size_t i = first_after(s, to_ns);

	return i && s->point[i - 1].at_ns > from_ns ? s->point[i - 1].value : NAN;
}

double rows_mean(const struct series *s, int64_t from_ns, int64_t to_ns)
{
	double sum = 0, weight = 0;

	for (size_t i = first_after(s, from_ns); i < s->count && s->point[i].at_ns <= to_ns; i++) {
		double w = (double)(s->point[i].at_ns - s->point[i].from_ns);

		w = w > 0 ? w : 1;
		sum += w * s->point[i].value;
		weight += w;
	}
	return weight > 0 ? sum / weight : NAN;
}

int rows_series(struct recording *r, const char *name, struct series *out)
{
	int err = metric_series(r, name, out);

	if (err == -ENODATA) {
		*out = (struct series){0};
		return 0;
	}
	return err;
}

const char *rows_time(char *buf, size_t size, int64_t at_ns, int64_t step_ns)
{
	double s = (double)at_ns / SECOND;
	int decimals = step_ns >= SECOND ? 0 : step_ns >= SECOND / 10 ? 1 : step_ns >= SECOND / 100 ? 2 : 3;

	if (fabs(s) < 120 && step_ns < 60 * SECOND)
		snprintf(buf, size, "%.*fs", decimals, s);
	else if (fabs(s) < 36000)
		snprintf(buf, size, "%s%d:%0*.*f", s < 0 ? "-" : "", (int)(fabs(s) / 60), decimals ? 3 + decimals : 2,
			 decimals, fmod(decimals ? fabs(s) : floor(fabs(s)), 60));
	else
		snprintf(buf, size, "%.0fs", s);
	return buf;
}

void rows_cell(FILE *out, int width, int decimals, double value)
{
	char text[400];
	int length;

	if (isnan(value)) {
		fprintf(out, "%*s", width, "-");
		return;
	}
	/* the gap to the cell before it is worth more than the last decimals */
	do
		length = snprintf(text, sizeof(text), "%.*f", decimals, value);
	while (length >= width && decimals-- > 0);
	fprintf(out, "%*s", length < width ? width : length + 1, text);
}

int rows_each(FILE *out, struct recording *const *r, int n, const struct view_options *o,
	      int (*print_one)(FILE *out, struct recording *r, const struct view_options *o))
{
	int shown = -ENODATA;

	for (int i = 0; i < n; i++) {
		if (n == 2)
			fprintf(out, "%s\n", recording_title(r[i]));
		int err = print_one(out, r[i], o);

		if (err && err != -ENODATA)
			return err;
		shown = err ? shown : 0;
	}
	return shown;
}
