// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns samples into points in one pass over the requested sources. A family emits the figures of a sample, and each is
 * looked up among the requested ones, so the time depends on the length of the sources, not on that times the number of
 * metrics.
 */
#include "collect/analyse/events.h"
#include "collect/metrics/metric.h"
#include "collect/metrics/family.h"
#include "lib/base/array.h"
#include "lib/base/say.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t metric_points_max = 1 << 22; /* 100 MB */

/* Maximum number of names with the same hash; only a recording crafted for collisions has more. */
#define SAME_HASH_MAX 64

/* A requested metric, found by its figure's name. */
struct wanted {
	uint64_t hash;
	size_t which; /* its index in the request */
};

/* The metrics of one source. */
struct group {
	const char *source;
	const struct metric_family *family;
	int number; /* of the source in the recording */
	struct wanted *wanted;
	size_t count;
	bool per_cpu;
	struct reading_whole whole;
	char *text; /* of the previous sample, if the family compares texts */
	size_t length, capacity;
};

#define GROUPS_MAX 32

struct series_pass {
	struct figures to;
	struct recording *r;
	struct reading *reading;
	struct group group[GROUPS_MAX];
	size_t groups, n;
	uint64_t t0_ns;
	metric_take *take;
	void *user;
	/* of the current sample: */
	const struct frame *f;
	const struct group *g;
	uint64_t sample; /* its number */
	size_t found;
	int err;
};

static void pass_free(struct series_pass *w)
{
	for (size_t i = 0; i < w->groups; i++) {
		free(w->group[i].wanted);
		free(w->group[i].text);
	}
	free(w->reading);
}

static int group_add(struct series_pass *w, size_t i)
{
	const struct reading *x = &w->reading[i];
	size_t n = 0;

	while (n < w->groups && strcmp(w->group[n].source, x->source))
		n++;
	if (n == GROUPS_MAX)
		return -E2BIG;
	struct group *g = &w->group[n];

	if (n == w->groups) {
		*g = (struct group){.source = x->source, .family = x->family};
		g->number = recording_source(w->r, x->source);
		w->groups++;
	}
	g->per_cpu |= x->per_cpu;
	return array_push(g->wanted, g->count, (struct wanted){figure_hash_of(x->name), i});
}

static int by_hash(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash)
				  : (x->which > y->which) - (x->which < y->which);
}

static int pass_begin(struct series_pass *w, const char *const *names)
{
	int err = 0;

	w->reading = calloc(w->n + 1, sizeof(*w->reading));
	if (!w->reading)
		return -ENOMEM;
	for (size_t i = 0; i < w->n && !err; i++)
		err = reading_resolve(names[i], &w->reading[i]) ? group_add(w, i) : -ENOENT;
	for (size_t g = 0; g < w->groups && !err; g++)
		qsort(w->group[g].wanted, w->group[g].count, sizeof(struct wanted), by_hash);
	w->t0_ns = err ? 0 : events_zero(w->r);
	return err;
}

/* Turns a cumulative value into its growth per second; returns 0 if there is no previous value. */
static int growth(struct reading *x, const struct frame *f, double *value)
{
	double now = *value, s = (double)(int64_t)(f->head.before_ns - x->before_ns) / 1e9;
	int got = x->have_last && s > 0;

	*value = got ? (now - x->last) / s : 0;
	x->last = now;
	x->have_last = true;
	return got;
}

/* Values that are not finite are dropped, because no kernel prints "inf". */
static int take_one(struct series_pass *w, size_t i, const struct figure *g)
{
	struct reading *x = &w->reading[i];
	struct point p = {.at_ns = events_since(w->f->head.before_ns, w->t0_ns), .value = g->value};

	p.from_ns = x->interval ? events_since(x->before_ns, w->t0_ns) : p.at_ns;
	bool got = (!x->derive || x->derive(x, g, w->f, &p.value)) && (!x->rate || growth(x, w->f, &p.value));

	return got && isfinite(p.value) ? w->take(w->user, i, &p) : 0;
}

/* If a sample has two figures of one name, the first counts. */
static void take_figure(struct figures *to, const struct figure *g)
{
	struct series_pass *w = (struct series_pass *)to;
	const struct wanted *wanted = w->g->wanted;
	uint64_t hash = figure_hash(g);
	size_t lo = 0, hi = w->g->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (wanted[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo + SAME_HASH_MAX; lo < w->g->count && lo < hi && wanted[lo].hash == hash && !w->err; lo++) {
		struct reading *x = &w->reading[wanted[lo].which];

		if (x->sample == w->sample || !figure_is(g, x->name))
			continue;
		x->sample = w->sample;
		w->found++;
		w->err = take_one(w, wanted[lo].which, g);
	}
	to->enough = w->err || w->found == w->g->count;
}

static int keep_text(struct group *g, const struct frame *f)
{
	size_t n = f->head.payload_length;

	if (n > g->capacity) {
		char *more = realloc(g->text, n);

		if (!more)
			return -ENOMEM;
		g->text = more;
		g->capacity = n;
	}
	if (n)
		memcpy(g->text, f->payload, n);
	g->length = n;
	return 0;
}

static int take_frame(struct series_pass *w, struct group *g, const struct frame *f)
{
	w->to = (struct figures){.take = take_figure, .all = true, .per_cpu = g->per_cpu};
	w->f = f;
	w->g = g;
	w->found = 0;
	w->sample++;
	g->family->figures(&w->to, g->source, f);
	for (size_t i = 0; i < g->count; i++) {
		struct reading *x = &w->reading[g->wanted[i].which];

		x->have_before &= x->sample == w->sample; /* missing: when it comes back there is no interval */
		x->before_ns = f->head.before_ns;
	}
	if (!g->family->compares || w->err)
		return w->err;
	int err = keep_text(g, f);

	for (size_t i = 0; i < g->count && !err; i++) {
		w->reading[g->wanted[i].which].text = (struct piece){g->text, g->length};
		w->reading[g->wanted[i].which].whole = &g->whole;
	}
	return err;
}

int metric_each(struct recording *r, const char *const *names, size_t n, metric_take *take, void *user)
{
	struct series_pass w = {.r = r, .n = n, .take = take, .user = user};
	const char *sources[GROUPS_MAX + 1] = {NULL};
	struct recording_cursor *c = NULL;
	struct frame f;
	int err = pass_begin(&w, names);

	for (size_t g = 0; g < w.groups; g++)
		sources[g] = w.group[g].source;
	err = err ?: recording_cursor(r, sources, &c);
	while (!err && (err = recording_next(c, &f)) == 1) {
		err = 0;
		for (size_t g = 0; g < w.groups && f.head.type == FRAME_SAMPLE && !err; g++)
			if (w.group[g].number == f.head.source)
				err = take_frame(&w, &w.group[g], &f);
	}
	recording_cursor_free(c);
	pass_free(&w);
	return err;
}

/* --- whole series --- */

struct keeper {
	struct series *s;
	size_t total;
};

static int keep_point(void *user, size_t i, const struct point *p)
{
	struct keeper *k = user;
	struct series *s = &k->s[i];

	if (k->total == metric_points_max) {
		s->cut = true;
		return 0;
	}
	k->total++;
	return array_push(s->point, s->count, *p);
}

int metric_many(struct recording *r, const char *const *names, size_t n, struct series *out)
{
	struct keeper k = {.s = calloc(n + 1, sizeof(*k.s))};
	int err = k.s ? metric_each(r, names, n, keep_point, &k) : -ENOMEM;
	bool cut = false;

	for (size_t i = 0; k.s && i < n; i++) {
		struct reading x;

		cut |= k.s[i].cut;
		if (!err && reading_resolve(names[i], &x)) {
			strcpy(k.s[i].name, names[i]);
			k.s[i].unit = x.unit;
			out[i] = k.s[i];
		} else {
			free(k.s[i].point);
		}
	}
	if (cut)
		say("%s: more than %zu figures; the later ones are ignored in the following output", recording_path(r),
		    metric_points_max);
	free(k.s);
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
