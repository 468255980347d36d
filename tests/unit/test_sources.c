// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each source of lib/record/source_list.h on real text: tests/fixtures/sources.fuka, a run of tests/fixtures/sources.yaml on 6.1.
 * The figures were read out of the raw text by hand, those of the tick five seconds after the start. A source that has
 * none here fails; one that this recording does not have brings a recording of its own.
 */
#include "collect/metrics/metric.h"
#include "lib/record/source.h"
#include "collect/parse/task_walk.h"
#include "tests/unit/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURE "sources.fuka"
#define S       1000000000ll

static bool tried[SOURCE_COUNT];

static void is_tried(const char *source)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		tried[i] |= !strcmp(source_rows[i].name, source);
}

/* A recording of tests/fixtures. */
static struct recording *open_fixture(const char *name)
{
	struct recording *r = NULL;
	char path[128];

	snprintf(path, sizeof(path), "tests/fixtures/%s", name);
	ok(!recording_open(path, &r), "%s is there (run this from the top of the tree)", path);
	return r;
}

/* The value of the point that is at most so far from a time; NaN: there is none. */
static double value_at(struct recording *r, const char *metric, int64_t at_ns, int64_t off_ns)
{
	struct series s;
	double v = NAN;

	if (metric_series(r, metric, &s))
		return NAN;
	for (size_t i = 0; i < s.count; i++)
		if (llabs(s.point[i].at_ns - at_ns) <= off_ns)
			v = s.point[i].value;
	series_free(&s);
	return v;
}

static void figures(struct recording *r)
{
	static const struct {
		const char *source, *metric;
		double value;
	} all[] = {
		{"stat", "cpu.user", 100 * 4 / 62.0},
		{"stat", "cpu.system", 100 * 58 / 62.0},
		{"stat", "jiffies.system", 495},
		{"stat", "jiffies.softirq", 6},
		{"stat", "stat.ctxt", 4104},
		{"stat", "stat.processes", 95},
		{"stat", "procs.running", 3},
		{"sysinfo", "load1", 1135 / 2048.0},
		{"sysinfo", "load5", 238 / 2048.0},
		{"sysinfo", "load15", 77 / 2048.0},
		{"loadavg", "procs.total", 60},
		{"meminfo", "mem.free", 143804 * 1024.0},
		{"meminfo", "mem.committed_as", 41380 * 1024.0},
		{"meminfo", "mem.swap_free", 9468 * 1024.0},
		{"pressure_cpu", "pressure.cpu.some.avg10", 33.71},
		{"pressure_memory", "pressure.memory.some.avg60", 4.16},
		{"pressure_memory", "pressure.memory.full.avg300", 0.41},
		{"pressure_io", "pressure.io.some.avg10", 10.75},
		{"diskstats", "disk.vda.reads", 451},
		{"diskstats", "disk.vda.read_sectors", 27712},
		{"diskstats", "disk.vda.read_ms", 770},
		{"diskstats", "disk.vda.writes", 400},
		{"diskstats", "disk.vda.write_sectors", 51200},
		{"diskstats", "disk.vda.write_ms", 1602},
		{"diskstats", "disk.vda.busy_ms", 1860},
		{"diskstats", "disk.vda.queue_ms", 2390},
		{"diskstats", "disk.vda.discards", 32},
		{"diskstats", "disk.vda.discard_sectors", 65536},
		{"diskstats", "disk.vda.discard_ms", 17},
		{"softirqs", "softirq.timer", 291},
		{"softirqs", "softirq.rcu", 419},
		{"schedstat", "sched.run", 11376441568},
		{"schedstat", "sched.wait", 9928888753},
		{"swaps", "swap./dev/zram0.size", 32764 * 1024.0},
		{"swaps", "swap./dev/zram0.used", 23296 * 1024.0},
		{"vmstat", "vmstat.nr_free_pages", 35951},
		{"vmstat", "vmstat.pswpout", 5805},
		{"vmstat", "vmstat.pgfault", 14235},
		{"cgroup", "cgroup.fuka.memory.81.memory.high", 46},
		{"cgroup", "cgroup.fuka.memory.81.cpu.usage_usec", 2374909},
		{"cgroup", "cgroup.fuka.memory.81.cpu.system_usec", 2345222},
		{"cgroup", "cgroup.fuka.memory.81.pressure.cpu.some", 1925193},
		{"cgroup", "cgroup.fuka.memory.81.pressure.memory.full", 2702495},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		/* the walks over groups and tasks are half a second off the tick */
		double v = value_at(r, all[i].metric, strcmp(all[i].source, "cgroup") ? 5 * S : 5560000000, S / 10);

		ok(v == all[i].value, "%s: %s is %.10g", all[i].source, all[i].metric, v);
		is_tried(all[i].source);
	}
}

/* Sources that no metric is made of: lines of the text itself, in any recording of tests/fixtures. */
static void texts(void)
{
	static const struct {
		const char *source, *line, *fixture;
	} all[] = {
		{"interrupts", " 53:        763   PCI-MSI 49153-edge      virtio0-req.0\n", FIXTURE},
		{"interrupts", "LOC:       1400   Local timer interrupts\n", FIXTURE},
		{"kmsg", "5,0,0,-;Linux version 6.1.0-50-amd64 (debian-kernel@lists.debian.org)", FIXTURE},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const char *const sources[] = {all[i].source, NULL};
		struct recording *r = open_fixture(all[i].fixture);
		struct recording_cursor *c;
		struct frame f;
		bool found = false;

		if (!r || !ok(!recording_cursor(r, sources, &c), "%s", all[i].source))
			continue;
		while (recording_next(c, &f) == 1)
			found |= memmem(f.payload, f.head.payload_length, all[i].line, strlen(all[i].line)) != NULL;
		recording_cursor_free(c);
		recording_close_reader(r);
		ok(found, "%s: %.60s", all[i].source, all[i].line);
		is_tried(all[i].source);
	}
}

/* The second of the three walks: three in D, who wait for a vfork, and what runs. */
static void tasks(struct recording *r)
{
	static const char *const sources[] = {"tasks", NULL};
	struct recording_cursor *c;
	struct task_walk t = {.kinds = 0};
	struct frame f;
	char said[160];

	if (!ok(!recording_cursor(r, sources, &c), "tasks"))
		return;
	for (int i = 0; i < 2 && recording_next(c, &f) == 1; i++)
		task_walk_read(f.payload, f.head.payload_length, &t);
	recording_cursor_free(c);
	task_walk_say(&t, said, sizeof(said));
	ok(t.running == 4 && t.blocked == 3 && t.others == 47 && !t.unseen, "tasks: %ld R, %ld D, %ld others",
	   t.running, t.blocked, t.others);
	ok(!strcmp(t.largest, "memory") && t.largest_pid == 91 && t.largest_kib == 25196,
	   "the largest is %s[%d], %ld KiB", t.largest, t.largest_pid, t.largest_kib);
	ok(!strncmp(said, "3 D dstate in kernel_clone, 2 R memory of /fuka.memory.81", 57), "%s", said);
	is_tried("tasks");
}

/* What fuka samples; the rest of the list is what fuka and its programs say themselves. */
static void all_are_tried(void)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (source_is_sampled(i))
			ok(tried[i], "the source %s of lib/record/source_list.h has figures on real text",
			   source_rows[i].name);
}

int main(void)
{
	struct recording *r = open_fixture(FIXTURE);

	if (!r)
		return tap_end();
	figures(r);
	texts();
	tasks(r);
	all_are_tried();
	recording_close_reader(r);
	return tap_end();
}
