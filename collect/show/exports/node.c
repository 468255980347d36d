// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes time series of the figures of a recording's samples, under the names of collect/show/exports/node_names.c. */
#include "collect/show/exports/node.h"
#include "collect/analyse/events.h"
#include "collect/parse/cpu.h"
#include "collect/show/exports/labels.h"
#include "lib/base/array.h"
#include "lib/base/say.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ll

/* Enough for 512 CPUs and for their samples of a day; --openmetrics does not suit anything larger. */
#define SERIES_MAX 65536
#define POINTS_MAX (1 << 23)

/* The destination of a sample's figures, and the sample's time. */
struct put {
	struct figures to;
	struct node *node;
	int64_t at_ns;
	int err;
};

static int by_name(const void *a, const void *b)
{
	const struct node_series *x = *(struct node_series *const *)a, *y = *(struct node_series *const *)b;

	int order = strcmp(x->name, y->name);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_labels(const void *a, const void *b)
{
	const struct node_series *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->labels, y->labels);
}

static void series_free(struct node_series *s)
{
	free(s->name);
	free(s->labels);
	free(s->point);
	free(s);
}

static struct node_series *series_add(struct node *n, const struct node_series *key)
{
	struct node_series *s = malloc(sizeof(*s));

	if (!s || !array_grow(&n->series, n->count, sizeof(*n->series))) {
		free(s);
		return NULL;
	}
	*s = *key;
	s->order = n->count;
	s->name = strdup(key->name);
	s->labels = strdup(key->labels);
	if (!s->name || !s->labels || !tsearch(s, &n->known, by_labels)) {
		series_free(s);
		return NULL;
	}
	n->series[n->count++] = s;
	return s;
}

/* --- a figure's name and labels --- */

/* Makes node_memory_Active_anon_bytes of "Active(anon)" and "node_memory_*". False if the result is no valid name. */
static bool name_of(const struct node_name *row, const struct figure *g, char *name, size_t size)
{
	const char *star = strchr(row->name, '*');
	struct piece word = g->kernels.length ? g->kernels : g->word;
	int n = star ? (int)(star - row->name) : (int)strlen(row->name);

	n = snprintf(name, size, "%.*s", n, row->name);
	if (star && word.length + n + sizeof("_bytes") + strlen(star) > size)
		return false;
	for (size_t i = 0; star && i < word.length; i++)
		if (word.at[i] != ')')
			name[n++] = word.at[i] == '(' ? '_' : word.at[i];
	snprintf(name + n, size - n, "%s%s", star ? star + 1 : "", g->kib ? "_bytes" : "");
	return labels_is_name(name);
}

static void label(const struct figure *g, const char *key, const char *value, char *labels, size_t size)
{
	struct piece piece = !strcmp(value, "$word")      ? (g->kernels.length ? g->kernels : g->word)
			     : !strcmp(value, "$info")    ? g->info
			     : !strcmp(value, "$devices") ? g->devices
							  : piece_of(value);
	char text[128];

	if (!strcmp(value, "$cpu"))
		snprintf(text, sizeof(text), "%d", g->cpu);
	else
		snprintf(text, sizeof(text), "%.*s", (int)piece.length, piece.length ? piece.at : "");
	labels_add(labels, size, key, text);
}

static void take(struct figures *to, const struct figure *g)
{
	struct put *p = (struct put *)to;
	const struct node_name *row = p->err ? NULL : node_name_find(g);
	char name[128], labels[1024] = "";
	struct node_series key = {.name = name, .labels = labels};

	if (!row)
		return;
	if (!name_of(row, g, name, sizeof(name))) {
		p->node->unnamed++;
		return;
	}
	for (int i = 0; i < NODE_LABELS_MAX && row->label[i][0]; i++)
		label(g, row->label[i][0], row->label[i][1], labels, sizeof(labels));
	key.row = row;
	struct node_series *const *found = tfind(&key, &p->node->known, by_labels), *s = found ? *found : NULL;

	if (!s && p->node->count == SERIES_MAX)
		p->err = -E2BIG;
	else if (!s && !(s = series_add(p->node, &key)))
		p->err = -ENOMEM;
	else if (!s->count || s->point[s->count - 1].at_ns < p->at_ns) {
		double value = row->clock ? (double)p->at_ns : g->value;

		p->err = array_push(s->point, s->count, (struct node_point){p->at_ns, value / (row->per ?: 1)});
		p->err = p->err ?: ++p->node->points > POINTS_MAX ? -E2BIG : 0;
	}
	to->enough = p->err;
}

/* --- all of it --- */

/* A wall clock in ns, or -1 if it is before 1970 or after 2106 and so cannot be right. */
static int64_t clock_of(const char *said)
{
	int64_t ns = said ? strtoll(said, NULL, 10) : -1;

	return ns >= 0 && ns < (1ll << 32) * SECOND ? ns : -1;
}

int node_clock(struct recording *r, struct node *n)
{
	static const char *const stat[] = {"stat", NULL};
	struct recording_cursor *c;
	struct frame f;
	uint64_t btime = 0;
	int err = recording_cursor(r, stat, &c);

	if (err)
		return err;
	*n = (struct node){.boot_ns = -1, .first_ns = -1, .last_ns = -1};
	if (recording_next(c, &f) == 1 && cpu_counter(f.payload, f.head.payload_length, "btime", &btime) &&
	    btime < 1ull << 32)
		n->boot_ns = (int64_t)btime * SECOND;
	recording_cursor_free(c);
	n->offset_ns = clock_of(recording_meta(r, "realtime_offset_ns"));
	if (n->offset_ns < 0)
		n->offset_ns = n->boot_ns;
	n->t0_ns = n->offset_ns + events_since(events_zero(r), 0);
	return n->offset_ns < 0 ? -ENODATA : 0;
}

static int read_source(struct recording *r, const struct metric_family *family, const char *source, bool all,
		       struct node *n)
{
	const char *const one[] = {source, NULL};
	struct put p = {.to = {.take = take, .all = all, .per_cpu = true}, .node = n};
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, one, &c);

	if (err)
		return err;
	while (!p.err && (err = recording_next(c, &f)) == 1) {
		size_t points = n->points;

		if (f.head.type != FRAME_SAMPLE)
			continue;
		p.at_ns = n->offset_ns + events_since(f.head.before_ns, 0);
		family->figures(&p.to, source, &f);
		if (n->points == points)
			continue; /* node_exporter has none of its figures */
		n->first_ns = n->first_ns < 0 || p.at_ns < n->first_ns ? p.at_ns : n->first_ns;
		n->last_ns = p.at_ns > n->last_ns ? p.at_ns : n->last_ns;
	}
	recording_cursor_free(c);
	return p.err ? p.err : err;
}

/* Orders series so that those of one name are adjacent: names by their rows, within a row by first appearance. */
static int by_place(const void *a, const void *b)
{
	const struct node_series *x = *(struct node_series *const *)a, *y = *(struct node_series *const *)b;

	if (x->row != y->row)
		return (x->row > y->row) - (x->row < y->row);
	return x->first != y->first ? (x->first > y->first) - (x->first < y->first)
				    : (x->order > y->order) - (x->order < y->order);
}

static void group(struct node *n)
{
	struct node_series **s = n->series;

	for (size_t i = 0; i < n->count; i++)
		s[i]->first = i;
	if (n->count)
		qsort(s, n->count, sizeof(*s), by_name);
	for (size_t i = 1; i < n->count; i++)
		if (!strcmp(s[i]->name, s[i - 1]->name)) {
			s[i]->first = s[i - 1]->first;
			s[i]->row = s[i - 1]->row;
		}
	if (n->count)
		qsort(s, n->count, sizeof(*s), by_place);
}

int node_read(struct recording *r, bool all, struct node *out)
{
	struct node n;
	int err = node_clock(r, &n);

	for (size_t i = 0; metric_families[i] && !err; i++)
		for (const char *const *source = metric_families[i]->sources; *source && !err; source++)
			err = read_source(r, metric_families[i], *source, all, &n);
	group(&n);
	if (!err && !n.count)
		err = -ENODATA;
	if (n.unnamed)
		say("%s: left out %zu samples of lines of /proc/vmstat whose names are not valid in Prometheus",
		    recording_path(r), n.unnamed);
	if (err == -E2BIG)
		say("%s: more than %d series or %d samples; use --csv or --json, which have no limit",
		    recording_path(r), SERIES_MAX, POINTS_MAX);
	if (err)
		node_free(&n);
	else
		*out = n;
	return err;
}

static void forget(void *series)
{
	(void)series; /* owned by the list */
}

void node_free(struct node *n)
{
	tdestroy(n->known, forget);
	for (size_t i = 0; i < n->count; i++)
		series_free(n->series[i]);
	free(n->series);
	*n = (struct node){0};
}

const struct node_series *node_next(const struct node *n, const char *name, size_t *i)
{
	while (*i < n->count)
		if (!strcmp(n->series[(*i)++]->name, name))
			return n->series[*i - 1];
	return NULL;
}
