// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From samples to points, in one walk over the sources that are asked for. A sample of many lines that many metrics are
 * read from is put in order by its lines' keys first, so that the walk takes time by the length of what it reads, not
 * by that times the number of metrics.
 */
#include "collect/analyse/events.h"
#include "collect/metrics/metric.h"
#include "collect/metrics/family.h"
#include "lib/base/say.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEW        8         /* metrics that are as well looked for from the beginning */
#define POINTS_MAX (1 << 22) /* of all series of one metric_many(): 100 MB */

/* --- the lines of one sample --- */

struct block {
	uint64_t hash; /* of its key */
	uint32_t from, to;
};

struct blocks {
	struct block *at;
	size_t count, room;
};

static uint64_t hash_of(const char *key)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3;
	return h;
}

static int by_hash(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash)
				  : (x->from > y->from) - (x->from < y->from);
}

static int blocks_make(struct blocks *b, const struct metric_family *family, const struct frame *f)
{
	char key[READING_KEY];

	b->count = 0;
	for (struct lines l = lines_of(f); lines_next(&l);) {
		if (!family->line_key(&l, key)) {
			if (b->count)
				b->at[b->count - 1].to = l.next - f->payload;
			continue;
		}
		if (b->count == b->room) {
			size_t room = b->room ? b->room * 2 : 256;
			struct block *grown = reallocarray(b->at, room, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			b->at = grown;
			b->room = room;
		}
		b->at[b->count++] = (struct block){hash_of(key), l.at - f->payload, l.next - f->payload};
	}
	if (b->count)
		qsort(b->at, b->count, sizeof(*b->at), by_hash);
	return 0;
}

/* The first block of a key, as a frame that holds nothing else; an empty one when there is none. */
static struct frame blocks_find(const struct blocks *b, const struct reading *x, const struct frame *f)
{
	struct frame found = *f;
	uint64_t hash = hash_of(x->key);
	size_t lo = 0, hi = b->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->at[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo + FEW; lo < b->count && lo < hi && b->at[lo].hash == hash; lo++) { /* others may have that hash */
		char key[READING_KEY];

		found.payload = f->payload + b->at[lo].from;
		found.head.payload_length = b->at[lo].to - b->at[lo].from;
		struct lines l = lines_of(&found);

		if (lines_next(&l) && x->family->line_key(&l, key) && !strcmp(key, x->key))
			return found;
	}
	found.payload = f->payload;
	found.head.payload_length = 0;
	return found;
}

/* --- the walk --- */

/* The metrics of one source. */
struct group {
	const char *source;
	int number;    /* of the source in the recording */
	size_t *which; /* their places in the list that was asked for */
	size_t count, keyed;
};

#define GROUPS_MAX 32

struct walk {
	struct recording *r;
	struct reading *reading;
	struct group group[GROUPS_MAX];
	size_t groups, n;
	struct blocks blocks;
	uint64_t t0_ns;
	metric_take *take;
	void *user;
};

static void walk_free(struct walk *w)
{
	for (size_t i = 0; i < w->groups; i++)
		free(w->group[i].which);
	free(w->reading);
	free(w->blocks.at);
}

static int group_add(struct walk *w, size_t i)
{
	const struct reading *x = &w->reading[i];
	size_t g = 0;

	while (g < w->groups && strcmp(w->group[g].source, x->source))
		g++;
	if (g == GROUPS_MAX)
		return -E2BIG;
	if (g == w->groups) {
		w->group[g] = (struct group){.source = x->source, .number = recording_source(w->r, x->source)};
		w->group[g].which = malloc(w->n * sizeof(size_t));
		if (!w->group[g].which)
			return -ENOMEM;
		w->groups++;
	}
	w->group[g].which[w->group[g].count++] = i;
	w->group[g].keyed += x->family->line_key && *x->key;
	return 0;
}

static int walk_begin(struct walk *w, const char *const *names)
{
	int err = 0;

	w->reading = calloc(w->n + 1, sizeof(*w->reading));
	if (!w->reading)
		return -ENOMEM;
	for (size_t i = 0; i < w->n && !err; i++)
		err = reading_resolve(names[i], &w->reading[i]) ? group_add(w, i) : -ENOENT;
	w->t0_ns = err ? 0 : events_zero(w->r);
	return err;
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

/* No series has a value that is not finite, whatever a sample says: "inf" is no number of any kernel's. */
static int take_one(struct walk *w, size_t i, const struct frame *f, const struct frame *part)
{
	struct reading *x = &w->reading[i];
	struct point p = {.at_ns = events_since(f->head.before_ns, w->t0_ns)};

	p.from_ns = x->interval ? events_since(x->before_ns, w->t0_ns) : p.at_ns;
	int got = x->value(x, part, &p.value);

	if (got && x->rate)
		got = growth(x, f, &p.value);
	x->before_ns = f->head.before_ns;
	return got && isfinite(p.value) ? w->take(w->user, i, &p) : 0;
}

static int take_frame(struct walk *w, struct group *g, const struct frame *f)
{
	bool keyed = g->keyed > FEW;
	int err = keyed ? blocks_make(&w->blocks, w->reading[g->which[0]].family, f) : 0;

	for (size_t k = 0; k < g->count && !err; k++) {
		const struct reading *x = &w->reading[g->which[k]];
		struct frame part = keyed && *x->key ? blocks_find(&w->blocks, x, f) : *f;

		err = take_one(w, g->which[k], f, &part);
	}
	return err;
}

int metric_each(struct recording *r, const char *const *names, size_t n, metric_take *take, void *user)
{
	struct walk w = {.r = r, .n = n, .take = take, .user = user};
	const char *sources[GROUPS_MAX + 1] = {NULL};
	struct recording_cursor *c = NULL;
	struct frame f;
	int err = walk_begin(&w, names);

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
	walk_free(&w);
	return err;
}

/* --- kept whole --- */

struct keeper {
	struct series *s;
	size_t *room, total;
};

static int keep_point(void *user, size_t i, const struct point *p)
{
	struct keeper *k = user;
	struct series *s = &k->s[i];

	if (k->total == POINTS_MAX) {
		s->cut = true;
		return 0;
	}
	if (s->count == k->room[i]) {
		size_t more = k->room[i] ? k->room[i] * 2 : 64;
		struct point *grown = reallocarray(s->point, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		s->point = grown;
		k->room[i] = more;
	}
	s->point[s->count++] = *p;
	k->total++;
	return 0;
}

int metric_many(struct recording *r, const char *const *names, size_t n, struct series *out)
{
	struct keeper k = {.s = calloc(n + 1, sizeof(*k.s)), .room = calloc(n + 1, sizeof(*k.room))};
	int err = k.s && k.room ? metric_each(r, names, n, keep_point, &k) : -ENOMEM;
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
		say("%s: more than %d figures: the later ones are left out of what follows", recording_path(r),
		    POINTS_MAX);
	free(k.s);
	free(k.room);
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
