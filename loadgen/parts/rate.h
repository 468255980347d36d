/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events at a rate: what switch, timers, packets and io have in common. Each worker makes its share of N events per
 * second, in small bursts, and counts them; the leader compares the total with what the profile asked for.
 *
 * A worker that falls behind catches up by at most RATE_DEBT_NS of events; after a starvation it goes on at its rate.
 * Events that it could not make are missing from the total, and the load is off target.
 */
#ifndef FUKA_RATE_H
#define FUKA_RATE_H

#include "loadgen/harness/loadgen.h"

#include <stdint.h>

#define RATE_DEBT_NS  100000000.0
#define RATE_STATE    256 /* bytes for a worker's state */
#define RATE_MEASURED 2   /* seconds after which the result is first reported */

struct rate {
	double per_second; /* of all workers together */
	long workers;
	const char *unit;         /* "switches/s" */
	double tolerance_percent; /* achieved against asked; 0: 1 % */
	uint64_t step_ns;         /* time between two bursts of a worker; 0: 5 ms */
	bool tick_grid;           /* act at a fixed point between two scheduler ticks, if it can be found out (root) */
	const char *missed;       /* the message when it is off target: what to check */
	/* In the worker, after the start: sets up state. 0, or -errno with a message. */
	int (*open)(void *state, const void *values, long index);
	/* Makes about n events and returns how many it made. It may spread them until until_ns. */
	int64_t (*burst)(void *state, int64_t n, uint64_t until_ns);
	/* In the leader, at the end: wakes workers that a signal cannot wake. May be NULL. */
	void (*release)(const void *values);
};

/* Does all of a generator's run(): forks, waits for the start, paces, measures, ends. Returns an exit status. */
int rate_run(struct load *l, const struct rate *r, const void *values);

/* Pins the calling process to one of the CPUs it may run on: number `index`, round robin. */
int rate_pin(long index);

#endif
