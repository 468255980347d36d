/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the timeline and of the host, in order, with times relative to t0, and the number of tasks that the
 * generators declared at any time. docs/format.md lists the events.
 */
#ifndef FUKA_EVENTS_H
#define FUKA_EVENTS_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdint.h>

struct event {
	int64_t at_ns;  /* relative to t0 */
	bool host;      /* from the host's lane */
	char event[16]; /* "start", "declare", "qmp", … */
	char id[64];    /* "" if it has none */
	char *line;     /* the whole logfmt line */
	size_t length;
	int64_t latest_ns; /* latest time of this and all previous events */
	long declared;     /* tasks declared by then: events_declared() */
};

struct events {
	uint64_t t0_ns; /* CLOCK_MONOTONIC; the first frame's time if the timeline never started */
	bool started;   /* there is an event=t0 */
	struct event *event;
	size_t count;
	size_t left_out;      /* events beyond the limits: an event that is missing may still have happened */
	size_t host_left_out; /* of these, the host's */
};

int events_read(struct recording *r, struct events *out);
void events_free(struct events *t);

/* Gets a value of an event's line, made printable like event and id; false if there is no such key. */
bool events_get(const struct event *e, const char *key, char *value, size_t size);

/* The number of tasks declared at a time: runnable + blocked of the latest declaration of each id. -1: none yet. */
/* Whether QEMU reported that the guest panicked; with a crash kernel loaded (kdump) the event has another name. */
bool event_is_panic(const struct event *e);

long events_declared(const struct events *t, int64_t at_ns);

/* Returns the time relative to t0, clamped to +-73 years so that sums of several do not overflow. */
int64_t events_since(uint64_t ns, uint64_t t0_ns);

/*
 * Zero for displayed times: t0; if the timeline never started, the first sample; else the first frame. Do not use it
 * for judging.
 */
uint64_t events_zero(struct recording *r);

#endif
