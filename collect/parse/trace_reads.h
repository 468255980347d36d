/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a program of the scenario read /proc/stat and /proc/loadavg, by the kernel's own trace (lab/guest/trace_reads.h). */
#ifndef FUKA_PARSE_TRACE_READS_H
#define FUKA_PARSE_TRACE_READS_H

#include "lib/record/recording.h"

#include <stdint.h>

struct trace_read {
	int64_t from_ns, to_ns; /* relative to t0: in between the kernel wrote the file's text */
	long running; /* loadavg: what nr_running() returned to it, itself included; -1 when it is not known */
};

struct trace_reads {
	struct trace_read *at; /* in order */
	size_t count;
	size_t left_out; /* there are more, that were not kept */
};

/* Those of one file, "stat" or "loadavg", by a process and by those that it or its children forked. 0 or -errno. */
int trace_reads_of(struct recording *r, const char *file, int pid, struct trace_reads *out);
void trace_reads_free(struct trace_reads *s);

#endif
