// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events are logfmt lines in frames of the sources 'timeline' and 'host':
 *
 *	event=t0
 *	event=declare id=spin runnable=8 blocked=0
 *	event=qmp name=GUEST_PANICKED data="{\"action\": \"pause\"}"
 */
#include "collect/analyse/events.h"
#include "collect/metrics/metric.h"
#include "lib/text/logfmt.h"
#include "lib/base/array.h"
#include "lib/base/say.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define FAR (INT64_MAX / 4)

int64_t events_since(uint64_t ns, uint64_t t0_ns)
{
	uint64_t apart = ns >= t0_ns ? ns - t0_ns : t0_ns - ns;
	int64_t d = apart > FAR ? FAR : (int64_t)apart;

	return ns >= t0_ns ? d : -d;
}

int metric_t0(struct recording *r, uint64_t *t0_ns)
{
	static const char *const sources[] = {"timeline", NULL};
	struct recording_cursor *c;
	struct frame f;
	char event[16];
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	while ((err = recording_next(c, &f)) == 1)
		if (f.head.type == FRAME_EVENT &&
		    logfmt_get(f.payload, f.head.payload_length, "event", event, sizeof(event)) && !strcmp(event, "t0"))
			break;
	if (err == 1)
		*t0_ns = f.head.before_ns;
	recording_cursor_free(c);
	return err == 1 ? 0 : err ?: -ENODATA;
}

uint64_t events_zero(struct recording *r)
{
	static const char *const samples[] = {"stat", "sysinfo", "loadavg", "meminfo", NULL};
	struct recording_totals totals;
	struct recording_cursor *c;
	struct frame f;
	uint64_t zero;

	if (!metric_t0(r, &zero))
		return zero;
	recording_totals(r, &totals);
	zero = totals.first_ns;
	if (recording_cursor(r, samples, &c))
		return zero;
	if (recording_next(c, &f) == 1)
		zero = f.head.before_ns;
	recording_cursor_free(c);
	return zero;
}

/*
 * Limits of the events kept: as many as a day of a busy timeline has. The host's events are limited separately, so that
 * a guest with too many events cannot displace them. Further events are counted.
 */
#define EVENTS_MAX 65536
#define HOST_MAX   8192
#define TEXT_MAX   (16u << 20)
#define LINE_BYTES 65536

struct events_reader {
	struct events t;
	size_t kept[2], bytes; /* the guest's, the host's */
	void *ids;             /* a tree of struct declared, tsearch(3) */
	size_t valid;          /* number of ids with a valid declaration */
	long sum;
	int64_t latest_ns;
};

/* The last declaration of an id. */
struct declared {
	char id[sizeof(((struct event *)0)->id)];
	long tasks; /* -1: not valid */
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct declared *)a)->id, ((const struct declared *)b)->id);
}

static int declare(struct events_reader *r, const struct event *e)
{
	struct declared key = {.tasks = -1}, **found;
	long long runnable = 0, blocked = 0;

	strcpy(key.id, e->id);
	found = tfind(&key, &r->ids, by_id);
	struct declared *d = found ? *found : calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	if (!found) {
		*d = key;
		if (!tsearch(d, &r->ids, by_id)) {
			free(d);
			return -ENOMEM;
		}
	}
	if (d->tasks >= 0) {
		r->sum -= d->tasks;
		r->valid--;
	}
	logfmt_get_int(e->line, e->length, "runnable", &runnable);
	logfmt_get_int(e->line, e->length, "blocked", &blocked);
	d->tasks = runnable < 0 || blocked < 0 || runnable > 1 << 22 || blocked > 1 << 22 ? -1
											  : (long)(runnable + blocked);
	if (d->tasks >= 0) {
		r->sum += d->tasks;
		r->valid++;
	}
	return 0;
}

static bool has_room(struct events_reader *r, const struct frame *f, bool host)
{
	if (r->kept[host] < (host ? HOST_MAX : EVENTS_MAX) && f->head.payload_length <= LINE_BYTES &&
	    (host || r->bytes + f->head.payload_length <= TEXT_MAX))
		return true;
	r->t.left_out++;
	r->t.host_left_out += host;
	return false;
}

static int event_add(struct events_reader *r, const struct frame *f, bool host)
{
	size_t n = f->head.payload_length;
	struct events *t = &r->t;

	if (!has_room(r, f, host))
		return 0;
	if (!array_grow(&t->event, t->count, sizeof(*t->event)))
		return -ENOMEM;
	struct event *e = &t->event[t->count];

	*e = (struct event){.at_ns = events_since(f->head.before_ns, t->t0_ns), .host = host, .length = n};
	logfmt_get(f->payload, n, "event", e->event, sizeof(e->event));
	logfmt_get(f->payload, n, "id", e->id, sizeof(e->id));
	say_printable(e->event);
	say_printable(e->id);
	e->line = malloc(n + 1);
	if (!e->line)
		return -ENOMEM;
	memcpy(e->line, f->payload, n);
	e->line[n] = '\0';
	t->count++;
	r->kept[host]++;
	r->bytes += host ? 0 : n;
	int err = !host && !strcmp(e->event, "declare") ? declare(r, e) : 0;

	r->latest_ns = t->count == 1 || e->at_ns > r->latest_ns ? e->at_ns : r->latest_ns;
	e->latest_ns = r->latest_ns;
	e->declared = r->valid ? r->sum : -1;
	return err;
}

int events_read(struct recording *r, struct events *out)
{
	static const char *const sources[] = {"timeline", "host", NULL};
	struct events_reader reader = {.sum = 0};
	struct events *t = &reader.t;
	struct recording_cursor *c;
	struct frame f;
	int host = recording_source(r, "host");
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	t->started = !metric_t0(r, &t->t0_ns);
	if (!t->started)
		t->t0_ns = events_zero(r);
	while (!err && (err = recording_next(c, &f)) == 1)
		err = f.head.type == FRAME_EVENT ? event_add(&reader, &f, f.head.source == host) : 0;
	recording_cursor_free(c);
	tdestroy(reader.ids, free);
	if (err) {
		events_free(t);
		return err;
	}
	*out = *t;
	return 0;
}

void events_free(struct events *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->event[i].line);
	free(t->event);
	*t = (struct events){0};
}

bool event_is_panic(const struct event *e)
{
	char name[32] = "";

	return e->host && !strcmp(e->event, "qmp") && events_get(e, "name", name, sizeof(name)) &&
	       (!strcmp(name, "GUEST_PANICKED") || !strcmp(name, "GUEST_CRASHLOADED"));
}

bool events_get(const struct event *e, const char *key, char *value, size_t size)
{
	if (!logfmt_get(e->line, e->length, key, value, size))
		return false;
	say_printable(value);
	return true;
}

/* Finds the last event before the first later one, by bisection. */
long events_declared(const struct events *t, int64_t at_ns)
{
	size_t lo = 0, hi = t->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->event[mid].latest_ns <= at_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? t->event[lo - 1].declared : -1;
}
