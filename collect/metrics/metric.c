// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of metrics: the family that a name belongs to, and the names that a recording has. */
#include "collect/metrics/metric.h"
#include "collect/analyse/events.h"
#include "collect/metrics/family.h"
#include "lib/base/array.h"
#include "lib/base/say.h"

#include <errno.h>
#include <search.h>
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
	"rate.METRIC                           a cumulative metric's growth per second (rate.stat.ctxt)\n";

static bool resolve_plain(const char *name, struct reading *x)
{
	for (size_t i = 0; metric_families[i]; i++) {
		*x = (struct reading){.source = NULL};
		if (!metric_families[i]->resolve(name, x))
			continue;
		x->family = metric_families[i];
		strcpy(x->name, name);
		return true;
	}
	return false;
}

/* Resolves also "rate.stat.ctxt": the growth per second of a cumulative figure. */
bool reading_resolve(const char *name, struct reading *x)
{
	bool rate = !strncmp(name, "rate.", 5);

	if (strlen(name) >= METRIC_NAME || !resolve_plain(name + (rate ? 5 : 0), x))
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

	return reading_resolve(name, &x);
}

const char *metric_source(const char *name)
{
	struct reading x;

	return reading_resolve(name, &x) ? x.source : NULL;
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

/* --- the names that a recording has --- */

/* Enough for 256 CPUs, 200 disks and 200 control groups; a file of 7 KB can name millions. */
#define NAMES_MAX 16384

/* The names found so far. */
struct names {
	struct figures to;
	char **name; /* NULL-terminated */
	size_t count;
	void *known; /* the same names as a tree, tsearch(3) */
	bool full;   /* there are more */
	int err;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int keep_name(struct names *t, const char *text)
{
	char *copy = strdup(text);

	if (!copy || !array_grow(&t->name, t->count + 1, sizeof(*t->name)) || !tsearch(copy, &t->known, by_name)) {
		free(copy);
		return -ENOMEM;
	}
	t->name[t->count++] = copy;
	t->name[t->count] = NULL;
	return 0;
}

/* Keeps each name once, if it can be requested. */
static void take_name(struct figures *to, const struct figure *g)
{
	struct names *t = (struct names *)to;
	char text[METRIC_NAME + 1];

	if (g->unlisted || g->per_cpu)
		return;
	figure_name(g, text, sizeof(text));
	if (to->enough || tfind(text, &t->known, by_name) || !metric_known(text))
		return;
	t->full = t->count == NAMES_MAX;
	t->err = t->full ? 0 : keep_name(t, text);
	to->enough = t->full || t->err;
}

static int names_of(struct names *t, const struct metric_family *family, const char *source, struct recording *r)
{
	const char *const one[] = {source, NULL};
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, one, &c);

	if (err)
		return err;
	while (!t->to.enough && (err = recording_next(c, &f)) == 1)
		if (f.head.type == FRAME_SAMPLE)
			family->figures(&t->to, source, &f);
	recording_cursor_free(c);
	return t->err ? t->err : err < 0 ? err : 0;
}

static void forget(void *name)
{
	(void)name; /* owned by the list */
}

int metric_names(struct recording *r, bool all, char ***names, size_t *n)
{
	struct names t = {.to = {.take = take_name, .all = all}};
	int err = array_push(t.name, t.count, NULL);

	t.count = 0; /* the NULL stays as the terminator */
	for (size_t i = 0; metric_families[i] && !err; i++)
		for (const char *const *source = metric_families[i]->sources; *source && !err; source++)
			err = names_of(&t, metric_families[i], *source, r);
	tdestroy(t.known, forget);
	if (err) {
		metric_names_free(t.name);
		return err;
	}
	if (t.full)
		say("%s: it has more than %d metrics; the rest is left out", recording_path(r), NAMES_MAX);
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
