// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events are logfmt lines in frames of the sources 'timeline' and 'host':
 *
 *	event=t0
 *	event=declare id=spin runnable=8 blocked=0
 *	event=qmp name=GUEST_PANICKED data="{\"action\": \"pause\"}"
 */
#include "collect/events.h"
#include "collect/metric.h"
#include "lib/logfmt.h"
#include "lib/say.h"

#include <errno.h>
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

static int event_add(struct events *t, const struct frame *f, bool host)
{
	size_t n = f->head.payload_length;
	struct event *grown = t->event, *e;

	if (t->count % 64 == 0)
		grown = reallocarray(t->event, t->count + 64, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	t->event = grown;
	e = &t->event[t->count];
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
	return 0;
}

int events_read(struct recording *r, struct events *out)
{
	static const char *const sources[] = {"timeline", "host", NULL};
	struct events t = {0};
	struct recording_cursor *c;
	struct frame f;
	int host = recording_source(r, "host");
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	t.started = !metric_t0(r, &t.t0_ns);
	if (!t.started)
		t.t0_ns = events_zero(r);
	while (!err && (err = recording_next(c, &f)) == 1)
		err = f.head.type == FRAME_EVENT ? event_add(&t, &f, f.head.source == host) : 0;
	recording_cursor_free(c);
	if (err) {
		events_free(&t);
		return err;
	}
	*out = t;
	return 0;
}

void events_free(struct events *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->event[i].line);
	free(t->event);
	*t = (struct events){0};
}

bool events_get(const struct event *e, const char *key, char *value, size_t size)
{
	if (!logfmt_get(e->line, e->length, key, value, size))
		return false;
	say_printable(value);
	return true;
}

static bool is_declaration(const struct event *e)
{
	return !e->host && !strcmp(e->event, "declare");
}

/* Whether a later declaration of the same id replaces event i at that instant. */
static bool replaced(const struct events *t, size_t i, int64_t at_ns)
{
	for (size_t k = i + 1; k < t->count && t->event[k].at_ns <= at_ns; k++)
		if (is_declaration(&t->event[k]) && !strcmp(t->event[k].id, t->event[i].id))
			return true;
	return false;
}

long events_declared(const struct events *t, int64_t at_ns)
{
	long sum = -1;

	for (size_t i = 0; i < t->count && t->event[i].at_ns <= at_ns; i++) {
		const struct event *e = &t->event[i];
		long long runnable = 0, blocked = 0;

		if (!is_declaration(e) || replaced(t, i, at_ns))
			continue;
		logfmt_get_int(e->line, e->length, "runnable", &runnable);
		logfmt_get_int(e->line, e->length, "blocked", &blocked);
		if (runnable < 0 || blocked < 0 || runnable > 1 << 22 || blocked > 1 << 22)
			continue;
		sum = (sum < 0 ? 0 : sum) + (long)(runnable + blocked);
	}
	return sum;
}
