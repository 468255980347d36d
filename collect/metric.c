// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a name to a series: the family that knows the name (collect/metrics/) is asked for a value at every sample of
 * the name's source.
 */
#include "collect/metric.h"
#include "collect/events.h"
#include "collect/metrics/family.h"
#include "lib/say.h"

#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METRICS(name, help) extern const struct metric_family metrics_##name;
#include "collect/metrics/list.h"
#undef METRICS

const struct metric_family *const metric_families[] = {
#define METRICS(name, help) &metrics_##name,
#include "collect/metrics/list.h"
#undef METRICS
	NULL,
};

const char metric_help[] =
#define METRICS(name, help) help
#include "collect/metrics/list.h"
#undef METRICS
	"rate.METRIC                           a cumulative metric's growth a second (rate.stat.ctxt)\n";

static bool resolve_plain(const char *name, struct reading *x)
{
	for (size_t i = 0; metric_families[i]; i++)
		if (metric_families[i]->resolve(name, x))
			return true;
	return false;
}

/* "rate.stat.ctxt": of what only grows, by how much a second. */
static bool resolve(const char *name, struct reading *x)
{
	bool rate = !strncmp(name, "rate.", 5);

	if (strlen(name) >= sizeof(((struct series *)0)->name) || !resolve_plain(name + (rate ? 5 : 0), x))
		return false;
	if (rate) {
		x->unit = "/s";
		x->rate = x->interval = true;
	}
	return !rate || x->grows;
}

bool metric_known(const char *name)
{
	struct reading x;

	return resolve(name, &x);
}

const char *metric_source(const char *name)
{
	struct reading x;

	return resolve(name, &x) ? x.source : NULL;
}

int metric_sampled(struct recording *r, const char *source, int64_t from_ns, int64_t to_ns)
{
	const char *const sources[] = {source, NULL};
	uint64_t t0_ns = events_zero(r);
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, sources, &c), found = 0;

	if (err)
		return err;
	while (!found && (err = recording_next(c, &f)) == 1) {
		int64_t at_ns = events_since(f.head.before_ns, t0_ns);

		found = f.head.type == FRAME_SAMPLE && at_ns >= from_ns && at_ns <= to_ns;
	}
	recording_cursor_free(c);
	return err < 0 ? err : found;
}

/* --- the series --- */

/* A series as it grows, with the state of its reading. */
struct growing {
	struct reading x;
	struct series s;
	size_t room;
	bool done;
};

static int point_add(struct growing *g, const struct point *p)
{
	if (g->s.count == g->room) {
		size_t more = g->room ? g->room * 2 : 256;
		struct point *grown = reallocarray(g->s.point, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		g->s.point = grown;
		g->room = more;
	}
	g->s.point[g->s.count++] = *p;
	return 0;
}

/* From a cumulative value to its growth a second; 0 where there is nothing to compare with. */
static int growth(struct reading *x, const struct frame *f, double *value)
{
	double now = *value, s = (double)(int64_t)(f->head.before_ns - x->before_ns) / 1e9;
	int got = x->have_last && s > 0;

	*value = got ? (now - x->last) / s : 0;
	x->last = now;
	x->have_last = true;
	return got;
}

static int take(struct growing *g, const struct frame *f, uint64_t t0_ns)
{
	struct reading *x = &g->x;
	struct point p = {.at_ns = events_since(f->head.before_ns, t0_ns)};

	p.from_ns = x->interval ? events_since(x->before_ns, t0_ns) : p.at_ns;
	int got = x->value(x, f, &p.value);

	if (got && x->rate)
		got = growth(x, f, &p.value);
	int err = got ? point_add(g, &p) : 0;
	x->before_ns = f->head.before_ns;
	return err;
}

/* One walk over one source for all series that want it. */
static int walk(struct recording *r, const char *source, struct growing *g, size_t n, uint64_t t0_ns)
{
	const char *const sources[] = {source, NULL};
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	while (!err && (err = recording_next(c, &f)) == 1) {
		err = 0;
		for (size_t i = 0; i < n && !err && f.head.type == FRAME_SAMPLE; i++)
			if (!g[i].done && !strcmp(g[i].x.source, source))
				err = take(&g[i], &f, t0_ns);
	}
	recording_cursor_free(c);
	for (size_t i = 0; i < n; i++)
		g[i].done |= !strcmp(g[i].x.source, source);
	return err;
}

int metric_many(struct recording *r, const char *const *names, size_t n, struct series *out)
{
	struct growing *g = calloc(n + 1, sizeof(*g));
	int err = g ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++) {
		err = resolve(names[i], &g[i].x) ? 0 : -ENOENT;
		if (!err) {
			strcpy(g[i].s.name, names[i]);
			g[i].s.unit = g[i].x.unit;
		}
	}
	uint64_t t0_ns = err ? 0 : events_zero(r);
	for (size_t i = 0; i < n && !err; i++)
		if (!g[i].done)
			err = walk(r, g[i].x.source, g, n, t0_ns);
	for (size_t i = 0; g && i < n; i++) {
		if (err)
			free(g[i].s.point);
		else
			out[i] = g[i].s;
	}
	free(g);
	return err;
}

int metric_series(struct recording *r, const char *name, struct series *out)
{
	struct series s;
	int err = metric_many(r, &name, 1, &s);

	if (err)
		return err;
	if (!s.count) {
		series_free(&s);
		return -ENODATA;
	}
	*out = s;
	return 0;
}

void series_free(struct series *s)
{
	free(s->point);
	*s = (struct series){0};
}

/* --- the names there are --- */

/* Enough for 256 CPUs, 200 disks and 200 control groups; a file of 7 KB can name millions. */
#define NAMES_MAX 16384

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void keep_name(struct names *t, const char *text)
{
	char **grown = reallocarray(t->name, t->count + 2, sizeof(*grown)), *copy = strdup(text);

	if (grown)
		t->name = grown;
	if (!grown || !copy || !tsearch(copy, &t->known, by_name)) {
		free(copy);
		t->err = -ENOMEM;
		return;
	}
	t->name[t->count++] = copy;
	t->name[t->count] = NULL;
}

void names_add(struct names *t, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (t->err || tfind(text, &t->known, by_name) || !metric_known(text))
		return;
	if (t->count < NAMES_MAX)
		keep_name(t, text);
	else
		t->full = true;
}

static int names_of(struct names *t, const struct metric_family *family, const char *source, struct recording *r,
		    bool all)
{
	const char *const one[] = {source, NULL};
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, one, &c);

	if (err)
		return err;
	while (!t->err && !t->full && (err = recording_next(c, &f)) == 1)
		if (f.head.type == FRAME_SAMPLE)
			family->names(t, source, &f, all);
	recording_cursor_free(c);
	return t->err ? t->err : err < 0 ? err : 0;
}

static void forget(void *name)
{
	(void)name; /* the list has it, too */
}

int metric_names(struct recording *r, bool all, char ***names, size_t *n)
{
	struct names t = {.name = calloc(1, sizeof(*t.name))};
	int err = t.name ? 0 : -ENOMEM;

	for (size_t i = 0; metric_families[i] && !err; i++)
		for (const char *const *source = metric_families[i]->sources; *source && !err; source++)
			err = names_of(&t, metric_families[i], *source, r, all);
	tdestroy(t.known, forget);
	if (err) {
		metric_names_free(t.name);
		return err;
	}
	if (t.full)
		say("%s: it names more than %d metrics: what comes after them is left out", recording_path(r),
		    NAMES_MAX);
	*names = t.name;
	*n = t.count;
	return 0;
}

void metric_names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}
