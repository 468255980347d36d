/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened, when: the events of the timeline and of the host, in order, relative to t0, and how many tasks the
 * generators declared at any instant. The vocabulary of events is in docs/format.md.
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
	char id[64];    /* "" when it has none */
	char *line;     /* the whole logfmt line */
	size_t length;
	int64_t latest_ns; /* of it and of all before it */
	long declared;     /* tasks declared by then: events_declared() */
};

struct events {
	uint64_t t0_ns; /* CLOCK_MONOTONIC; the first frame's time when the timeline never started */
	bool started;   /* there is an event=t0 */
	struct event *event;
	size_t count;
	size_t left_out; /* more than are kept, or longer: what is not among these may have happened all the same */
	size_t host_left_out; /* those of them that are the host's */
};

int events_read(struct recording *r, struct events *out);
void events_free(struct events *t);

/* A value of an event's line, fit for a line of a terminal as event and id are; false when it has no such key. */
bool events_get(const struct event *e, const char *key, char *value, size_t size);

/* Tasks declared at an instant: runnable + blocked, the latest declaration of each id. -1: nothing declared yet. */
long events_declared(const struct events *t, int64_t at_ns);

/* Time relative to t0, clamped to +-73 years so that no later sum of a few of them overflows. */
int64_t events_since(uint64_t ns, uint64_t t0_ns);

/*
 * t0, or when the timeline never started the time of the first sample (else of the first frame): only to show things.
 */
uint64_t events_zero(struct recording *r);

#endif
