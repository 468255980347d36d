/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sampler: one piece of code for the lab's guest and for `fuka collect`. Three threads, each the only writer of its
 * lane, none ever waiting for a reader:
 *
 *	fast	the fixed files of lib/record/source_list.h, opened once; real-time priority, locked memory, no allocation
 *	tasks	the walk over /proc: tasks in R or D and the largest by resident memory; may stall, alone
 *	kmsg	the kernel's log, record by record
 */
#ifndef FUKA_SAMPLER_H
#define FUKA_SAMPLER_H

#include "lib/record/lane.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLER_COMM "fuka-sampler" /* of a process that is one, by which a report leaves it out */

struct sampler_config {
	void *region;         /* formatted lanes */
	uint64_t interval_ns; /* of the fast lane */
	uint64_t tasks_ns;    /* of the task walk */
	uint64_t sources;     /* sampler_select(); 0: the usual ones */
	bool without_log;     /* go on where the kernel's log cannot be read */
};

/*
 * Which sources: a bit each (lib/record/source_list.h). `list` adds to the usual ones and leaves out of them:
 * "+interrupts,-softirqs" or "interrupts,-softirqs"; NULL or "": the usual ones. -EINVAL: `why` names what is wrong and
 * what there is.
 */
int sampler_select(const char *list, uint64_t *sources, char *why, size_t size);

/*
 * Opens everything and starts the kmsg thread, which first reads the log so far. 0 or -errno, said. A file that this
 * kernel does not have is absent from the recording.
 */
int sampler_open(const struct sampler_config *config);

/* Starts ticking: tick k is due at t0_ns + k × interval. */
int sampler_start(uint64_t t0_ns);

/* Lets what is being written finish and joins the threads: takes up to one interval. */
void sampler_stop(void);

/* The same without waiting for what sleeps until its next turn: the process must end at once. */
void sampler_stop_now(void);

/*
 * A start time at least `ahead_ns` from now that keeps samples off the tick's phase: a little after a tick, so that a
 * sample taken there is neither seen by the tick's CPU accounting nor by the load average's count.
 */
uint64_t sampler_t0(uint64_t ahead_ns);

/* Bytes one round of the fast lane takes at most, frames included, on a machine with so many CPUs. */
uint64_t sampler_round_bytes(int cpus, uint64_t sources);

#endif
