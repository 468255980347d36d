// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/show/exports/node_names.h"

#include <string.h>

#define USER_HZ 100
#define SECTORS (1 / 512.0) /* per byte */

#define ROW(metric_name, of, kind, what, ...)                                                                          \
	{                                                                                                              \
		.metric = metric_name, .name = "node_" of, .type = kind, .help = what, __VA_ARGS__                     \
	}
#define DISK(field, of, kind, what, unit)                                                                              \
	ROW("disk.*." field, "disk_" of, kind, what, .per = unit, .label = {{"device", "$word"}},                      \
	    .except = {"ram", "loop"})
#define PRESSURE(of_whom, of, what)                                                                                    \
	ROW("pressure." of_whom ".total", "pressure_" of "_seconds_total", "counter", what, .per = 1e6)
#define GUEST(mode_name, of)                                                                                           \
	ROW("jiffies." mode_name ".cpu#", "cpu_guest_seconds_total", "counter",                                        \
	    "Seconds the CPUs spent in guests (VMs) for each mode.", .per = USER_HZ,                                   \
	    .label = {{"cpu", "$cpu"}, {"mode", of}})
#define WAITED  "Total time in seconds that processes waited."
#define STALLED "Total time in seconds no process could make progress."

/* The machine-wide "full" of cpu is always 0, so it is not exposed. */
const struct node_name node_names[] = {
	ROW("jiffies.*.cpu#", "cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode.", .per = USER_HZ,
	    .label = {{"cpu", "$cpu"}, {"mode", "$word"}}, .except = {"guest"}),
	GUEST("guest", "user"),
	GUEST("guest_nice", "nice"),
	ROW("stat.ctxt", "context_switches_total", "counter", "Total number of context switches."),
	ROW("stat.intr", "intr_total", "counter", "Total number of interrupts serviced."),
	ROW("stat.processes", "forks_total", "counter", "Total number of forks."),
	ROW("stat.btime", "boot_time_seconds", "gauge", "Node boot time, in unixtime."),
	ROW("procs.running", "procs_running", "gauge", "Number of processes in runnable state."),
	ROW("procs.blocked", "procs_blocked", "gauge", "Number of processes blocked waiting for I/O to complete."),
	ROW("gap", "time_seconds", "gauge", "System time in seconds since epoch (1970).", .per = 1e9, .clock = true),
	ROW("load1", "load1", "gauge", "1m load average."),
	ROW("load5", "load5", "gauge", "5m load average."),
	ROW("load15", "load15", "gauge", "15m load average."),
	ROW("mem.*", "memory_*", "gauge", "Memory information field of /proc/meminfo."),
	ROW("vmstat.*", "vmstat_*", "unknown", "/proc/vmstat information field."),
	PRESSURE("cpu.some", "cpu_waiting", WAITED),
	PRESSURE("memory.some", "memory_waiting", WAITED),
	PRESSURE("memory.full", "memory_stalled", STALLED),
	PRESSURE("io.some", "io_waiting", WAITED),
	PRESSURE("io.full", "io_stalled", STALLED),
	DISK("reads", "reads_completed_total", "counter", "The total number of reads completed successfully.", 1),
	DISK("read_merges", "reads_merged_total", "counter", "The total number of reads merged.", 1),
	DISK("read_sectors", "read_bytes_total", "counter", "The total number of bytes read successfully.", SECTORS),
	DISK("read_ms", "read_time_seconds_total", "counter", "The total number of seconds spent by all reads.", 1e3),
	DISK("writes", "writes_completed_total", "counter", "The total number of writes completed successfully.", 1),
	DISK("write_merges", "writes_merged_total", "counter", "The number of writes merged.", 1),
	DISK("write_sectors", "written_bytes_total", "counter", "The total number of bytes written successfully.",
	     SECTORS),
	DISK("write_ms", "write_time_seconds_total", "counter",
	     "This is the total number of seconds spent by all writes.", 1e3),
	DISK("in_flight", "io_now", "gauge", "The number of I/Os currently in progress.", 1),
	DISK("busy_ms", "io_time_seconds_total", "counter", "Total seconds spent doing I/Os.", 1e3),
	DISK("queue_ms", "io_time_weighted_seconds_total", "counter", "The weighted # of seconds spent doing I/Os.",
	     1e3),
	ROW("softirq.*.cpu#", "softirqs_functions_total", "counter", "Softirq counts per CPU.",
	    .label = {{"cpu", "$cpu"}, {"type", "$word"}}),
	ROW("interrupt.*.cpu#", "interrupts_total", "counter", "Interrupt details.",
	    .label = {{"cpu", "$cpu"}, {"devices", "$devices"}, {"info", "$info"}, {"type", "$word"}}),
	ROW("sched.run.cpu#", "schedstat_running_seconds_total", "counter",
	    "Number of seconds CPU spent running a process.", .per = 1e9, .label = {{"cpu", "$cpu"}}),
	ROW("sched.wait.cpu#", "schedstat_waiting_seconds_total", "counter",
	    "Number of seconds spent by processing waiting for this CPU.", .per = 1e9, .label = {{"cpu", "$cpu"}}),
	ROW("sched.slices.cpu#", "schedstat_timeslices_total", "counter", "Number of timeslices executed by CPU.",
	    .label = {{"cpu", "$cpu"}}),
	{.metric = NULL},
};

static bool begins(struct piece word, const char *text)
{
	return word.length >= strlen(text) && !memcmp(word.at, text, strlen(text));
}

static bool excepted(const struct node_name *row, struct piece word)
{
	for (const char *const *except = row->except; *except; except++)
		if (begins(word, *except))
			return true;
	return false;
}

static bool fits(const struct node_name *row, const struct figure *g)
{
	const char *p = row->metric, *end = p + strlen(p);

	if (!lines_literal(&p, end, g->prefix))
		return false;
	if (g->word.length && *p == '*' && !excepted(row, g->word))
		p++;
	else if (!g->word.length || ((size_t)(end - p) >= g->word.length && !memcmp(p, g->word.at, g->word.length)))
		p += g->word.length;
	else
		return false;
	return lines_literal(&p, end, g->suffix) && (!g->per_cpu || lines_literal(&p, end, ".cpu#")) && p == end;
}

const struct node_name *node_name_find(const struct figure *g)
{
	for (const struct node_name *row = node_names; row->metric; row++)
		if (fits(row, g))
			return row;
	return NULL;
}
