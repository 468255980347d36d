/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sampler of the lab's guest and of `fuka collect`. It has three threads, each of which is the only writer of its
 * lane and never waits for a reader:
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

#define SAMPLER_COMM "fuka-sampler" /* comm of a sampler process, which reports exclude */

struct sampler_config {
	void *region;         /* formatted lanes */
	uint64_t interval_ns; /* of the fast lane */
	uint64_t tasks_ns;    /* of the task walk */
	uint64_t sources;     /* from sampler_select(); 0: the default */
	bool without_log;     /* continue if the kernel log cannot be read */
};

/*
 * Parses a set of sources, one bit each (lib/record/source_list.h). `list` adds to the default and removes from it:
 * "+interrupts,-softirqs" or "interrupts,-softirqs"; NULL or "": the default. -EINVAL: `why` names what is wrong and
 * the available sources.
 */
int sampler_select(const char *list, uint64_t *sources, char *why, size_t size);

/*
 * Opens everything and starts the kmsg thread, which first reads the log so far. 0 or -errno with a message. A file
 * that this kernel lacks is absent from the recording.
 */
int sampler_open(const struct sampler_config *config);

/* Starts ticking: tick k is due at t0_ns + k × interval. */
int sampler_start(uint64_t t0_ns);

/* Waits for frames being written and joins the threads, which takes up to one interval. */
void sampler_stop(void);

/* The same without waiting for threads that sleep until their next tick: the process must exit right after it. */
void sampler_stop_now(void);

/*
 * Returns a start time at least `ahead_ns` from now that keeps samples off the tick: a little after one, so that
 * neither the tick's CPU accounting nor the load-average update sees a sample being taken.
 */
uint64_t sampler_t0(uint64_t ahead_ns);

/* Maximum size in bytes of one round of the fast lane, including frame headers, on a machine with `cpus` CPUs. */
uint64_t sampler_round_bytes(int cpus, uint64_t sources);

#endif
