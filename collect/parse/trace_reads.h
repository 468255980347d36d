/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The times at which a program of the scenario read /proc/stat and /proc/loadavg, from the kernel's trace
 * (lab/guest/trace_reads.h).
 */
#ifndef FUKA_PARSE_TRACE_READS_H
#define FUKA_PARSE_TRACE_READS_H

#include "lib/record/recording.h"

#include <stdint.h>

struct trace_read {
	int64_t from_ns, to_ns; /* relative to t0; the kernel generated the text in between */
	long running; /* loadavg: the value of nr_running() for it, including the reader itself; -1 if unknown */
};

struct trace_reads {
	struct trace_read *at; /* in order */
	size_t count;
	size_t left_out; /* number of further readings that were not kept */
};

/* Finds the readings of one file, "stat" or "loadavg", by a process and its descendants. 0 or -errno. */
int trace_reads_of(struct recording *r, const char *file, int pid, struct trace_reads *out);
void trace_reads_free(struct trace_reads *s);

#endif
