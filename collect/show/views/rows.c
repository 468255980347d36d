// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables have at most about twenty rows, at round times, because people read them: a gauge shows its latest value, a
 * share its mean over the time since the previous row. With --all there is one row per sample.
 */
#include "collect/show/views/rows.h"
#include "lib/base/say.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ll

/* The smallest round step that fits into `span` at most `most` times. */
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

/* The times of one recording's samples; those from t0 on are kept, at most `most`. */
struct times {
	int64_t first, last;
	size_t count;
	int64_t *at;
	size_t kept, capacity, most;
};

static int take_time(void *user, size_t which, const struct point *p)
{
	struct times *t = user;

	(void)which;
	t->first = t->count ? t->first : p->at_ns;
	t->last = p->at_ns;
	t->count++;
	if (p->at_ns < 0 || t->kept == t->most)
		return 0;
	if (t->kept == t->capacity) {
		size_t capacity = t->capacity ? t->capacity * 2 : 256;
		int64_t *grown = reallocarray(t->at, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		t->at = grown;
		t->capacity = capacity;
	}
	t->at[t->kept++] = p->at_ns;
	return 0;
}

/*
 * Collects the times of the samples, from a metric that has a point in each. The sources of a tick are read one after
 * the other, and a row includes what was read up to its time, so the metric must be of the last source.
 */
static int sample_times(struct recording *r, struct times *t)
{
	static const char *const names[] = {"vmstat.nr_free_pages", "mem.free", "load1", "procs.running"};
	int err = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !err && !t->count; i++)
		err = metric_each(r, &names[i], 1, take_time, t);
	return err;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int rows_all(const struct times *t, int n, struct rows *out)
{
	size_t count = 0;

	for (int i = 0; i < n; i++)
		count += t[i].kept;
	out->at = malloc((count + 1) * sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	for (int i = 0, at = 0; i < n; at += (int)t[i++].kept)
		memcpy(out->at + at, t[i].at, t[i].kept * sizeof(*out->at));
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

/* `each` is the time between samples; rows are not shorter. */
static int rows_thinned(int64_t first, int64_t end, int64_t each, size_t most, struct rows *out)
{
	size_t fit = each > 0 ? (size_t)(end / each) : most;

	out->step_ns = round_step(end, fit < 1 ? 1 : fit < most ? fit : most);
	out->at = malloc((end / out->step_ns + 3) * sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	for (int64_t at = first > 0 && end >= out->step_ns ? out->step_ns : 0; at <= end; at += out->step_ns)
		out->at[out->count++] = at;
	/* add the end itself, unless the last row is close to it */
	if (end - out->at[out->count - 1] > out->step_ns / 10)
		out->at[out->count++] = end;
	else if (out->count > 1)
		out->at[out->count - 1] = end > out->at[out->count - 1] ? end : out->at[out->count - 1];
	return 0;
}

int rows_make(struct recording *const *r, int n, bool all, size_t most, struct rows *out)
{
	struct times t[2] = {0};
	struct rows rows = {.end_ns = -1};
	int64_t first = INT64_MAX, each = 0;
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		t[i].most = all ? ROWS_MAX / n : 0;
		err = sample_times(r[i], &t[i]);
		if (!t[i].count)
			continue;
		first = t[i].first < first ? t[i].first : first;
		rows.end_ns = t[i].last > rows.end_ns ? t[i].last : rows.end_ns;
		each = t[i].count > 1 ? (t[i].last - t[i].first) / (int64_t)(t[i].count - 1) : each;
		if (all && most && t[i].kept == t[i].most)
			say("%s: more than %zu samples; the later ones are not shown", recording_path(r[i]), t[i].most);
	}
	if (!err)
		err = rows.end_ns < 0 ? -ENODATA
		      : all           ? rows_all(t, n, &rows)
				      : rows_thinned(first, rows.end_ns, each - each / 8, most, &rows);
	for (int i = 0; i < n; i++)
		free(t[i].at);
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
	/* drop decimals rather than the gap to the previous cell */
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
