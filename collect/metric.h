/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A metric is a named figure over time, computed from a recording alone. A metric's name is the same in expectations,
 * views and exports, and its description names the source and the line or field it comes from.
 *
 *	load1 load5 load15	sysinfo's exact avenrun / 2048
 *	cpu.user … cpu.guest_nice	percent of the whole machine's CPU time in the interval that ends at the point,
 *				accounting as sysstat does it: user - guest, nice - guest_nice, total of eight
 *	cpu0.user …		the same for one CPU
 *	procs.running procs.blocked	/proc/stat procs_running, procs_blocked
 *	procs.total	/proc/loadavg, tasks that exist
 *	mem.total mem.free mem.available …	bytes, /proc/meminfo
 *	pressure.memory.some.avg10 …	percent; .total: microseconds
 *	vmstat.oom_kill …	any line of /proc/vmstat, cumulative
 *	gap			ns between one sample of the fast lane and the one before it
 */
#ifndef FUKA_METRIC_H
#define FUKA_METRIC_H

#include "lib/recording.h"

#include <stdint.h>

/* One point. A gauge has from_ns == at_ns; a rate or share covers the interval (from_ns, at_ns]. Relative to t0. */
struct point {
	int64_t from_ns, at_ns;
	double value;
};

struct series {
	char name[64];
	const char *unit; /* "%", "B", "tasks", … */
	struct point *point;
	size_t count;
};

/*
 * t0 of a recording: CLOCK_MONOTONIC ns at which the timeline started (its event=t0). -ENODATA when it never did;
 * callers that only show things may then use the first sample's time.
 */
int metric_t0(struct recording *r, uint64_t *t0_ns);

/*
 * Computes one metric over the whole recording. -ENOENT: no such metric (metric_known() lists what there is);
 * -ENODATA: a known name, but this recording (its kernel, its sources) has no such field: absent, never zero.
 */
int metric_series(struct recording *r, const char *name, struct series *out);
void series_free(struct series *s);

/* Whether a scenario may use this name (the form is known; whether a kernel has the field shows at run time). */
bool metric_known(const char *name);

/* One line a family of names, for --help and error messages. */
extern const char metric_help[];

#endif
