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
 *	stat.ctxt stat.intr stat.processes	/proc/stat: context switches, interrupts, forks, cumulative
 *	jiffies.user … jiffies.total	/proc/stat's first line as it stands, 1/100 s, cumulative; the eight summed
 *	sched.run sched.wait	ns that tasks ran and waited, all CPUs, /proc/schedstat, cumulative
 *	softirq.net_rx …	/proc/softirqs, all CPUs, cumulative
 *	disk.vda.reads …	/proc/diskstats, cumulative (in_flight: a gauge); .reads .read_merges .read_sectors
 *.read_ms, the same for write, .in_flight .busy_ms .queue_ms
 *	gap			ns between one sample of the fast lane and the one before it
 */
#ifndef FUKA_METRIC_H
#define FUKA_METRIC_H

#include "lib/recording.h"

#include <stdbool.h>
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

/*
 * Several at once, with one walk over each source: out[i] belongs to names[i]. What this recording does not have is an
 * empty series. -ENOENT when one of the names is none.
 */
int metric_many(struct recording *r, const char *const *names, size_t n, struct series *out);

/*
 * The names of all metrics that the recording has, as the samples of each source show them, in the
 * order of the files; without `all` only the lines of vmstat that node_exporter takes. NULL-terminated;
 * metric_names_free().
 */
int metric_names(struct recording *r, bool all, char ***names, size_t *n);
void metric_names_free(char **names);

/* Whether a scenario may use this name (the form is known; whether a kernel has the field shows at run time). */
bool metric_known(const char *name);

/* One line a family of names, for --help and error messages. */
extern const char metric_help[];

#endif
