/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events at a rate: what switch, timers and packets have in common. Each of some workers makes its part of N events a
 * second, in small bursts, and counts what it made; the leader compares that with what the profile asked for.
 *
 * A worker that falls behind catches up by at most RATE_DEBT_NS of events: after a starvation it goes on at its rate.
 * What it could not make is missing from the total, and the load is off target.
 */
#ifndef FUKA_RATE_H
#define FUKA_RATE_H

#include "loadgen/harness/loadgen.h"

#include <stdint.h>

#define RATE_DEBT_NS  100000000.0
#define RATE_STATE    256 /* room for what a worker keeps */
#define RATE_MEASURED 2   /* seconds after which it is first said what was achieved */

struct rate {
	double per_second; /* of all workers together */
	long workers;
	const char *unit;         /* "switches/s" */
	double tolerance_percent; /* achieved against asked; 0: 1 % */
	uint64_t step_ns;         /* how often a worker acts; 0: every 5 ms */
	bool tick_grid;           /* act at a fixed point between two scheduler ticks, where root may know it */
	const char *missed;       /* what to look at when it is off target, for the message */
	/* In the worker, after the start: sets up state. 0, or -errno with a message. */
	int (*open)(void *state, const void *values, long index);
	/* Makes about n events and returns how many it made. It may spread them until until_ns. */
	int64_t (*burst)(void *state, int64_t n, uint64_t until_ns);
	/* In the leader, at the end: lets go what the workers sleep on, where nothing else could. May be NULL. */
	void (*release)(const void *values);
};

/* The whole of a generator's run(): forks, waits for the start, paces, measures, ends. Returns an exit status. */
int rate_run(struct load *l, const struct rate *r, const void *values);

/* Ties the calling process to one CPU of those it may run on: the index-th, in a circle. */
int rate_pin(long index);

#endif
