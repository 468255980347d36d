// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exports have the figures of the recording, not only their form: on tests/fixtures/sources.fuka, of which the figures
 * were calculated from its sources' own text (tests/views.bats). And a table whose sources are not read at one time.
 */
#include "collect/show/exports/export.h"
#include "collect/show/exports/table.h"
#include "tests/unit/make.h"
#include "tests/unit/tap.h"

#include <jansson.h>
#include <math.h>
#include <sys/sysinfo.h>

#define S 1000000000ull

static const char fixture[] = "tests/fixtures/sources.fuka";
static char dir[] = "/tmp/fuka-test-XXXXXX", path[64];

static char *exported(export_write *write, struct recording *r)
{
	struct export_options o = {.job = "node"};
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f || write(f, r, &o) || fclose(f))
		exit(99);
	return text;
}

/* "queue.plist-sz", "disk.0.tps": a member of an object, a place in an array. */
static double at(const json_t *v, const char *where)
{
	char name[128], *rest;

	snprintf(name, sizeof(name), "%s", where);
	for (char *p = strtok_r(name, ".", &rest); p && v; p = strtok_r(NULL, ".", &rest))
		v = json_is_array(v) ? json_array_get(v, atoi(p)) : json_object_get(v, p);
	return json_is_number(v) ? json_number_value(v) : NAN;
}

/* The row of 5.0 s. A rate's interval is that of the row here, that of its own source there: a thousandth apart. */
static void sadf(struct recording *r)
{
	static const struct {
		const char *where;
		double is, within;
	} all[] = {
		{"cpu-load.0.usr", 6.45, 0.005},
		{"cpu-load.0.sys", 93.55, 0.005},
		{"cpu-load.0.idle", 0, 0},
		{"cpu-load.1.usr", 6.45, 0.005},
		{"swap-pages.pswpout", 3503.82, 4},
		{"paging.pgpgin", 3372.2, 4},
		{"paging.pgpgout", 15005.28, 16},
		{"paging.fault", 3689.46, 4},
		{"paging.majflt", 0, 0},
		{"memory.memfree", 143804, 0},
		{"memory.avail", 147848, 0},
		{"memory.memused", 43128, 0},
		{"memory.memused-percent", 20.45, 0.005},
		{"memory.buffers", 1048, 0},
		{"memory.cached", 7416, 0},
		{"memory.commit", 41380, 0},
		{"memory.active", 12896, 0},
		{"memory.inactive", 16436, 0},
		{"queue.runq-sz", 3, 0},
		{"queue.plist-sz", 60, 0},
		{"queue.ldavg-1", 0.55, 0.005},
		{"queue.ldavg-5", 0.12, 0.005},
		{"queue.ldavg-15", 0.04, 0.005},
		{"queue.blocked", 0, 0},
		{"disk.0.tps", 387.1, 0.4},
		{"disk.0.rkB", 3372.13, 4},
		{"disk.0.wkB", 15004.98, 16},
		{"disk.0.rd_sec", 6744.26, 8},
		{"disk.0.wr_sec", 30009.96, 32},
		{"disk.0.aqu-sz", 0.91, 0.005},
		{"disk.0.util-percent", 88.59, 0.1},
		{"disk.1.tps", 3503.82, 4},
		{"psi.some-cpu.some_avg10", 33.71, 0},
		{"psi.some-cpu.some_avg300", 1.72, 0},
		{"psi.some-cpu.some_avg", 47.98, 0.05},
		{"psi.some-io.some_avg", 76.4, 0.1},
		{"psi.some-mem.some_avg", 56.59, 0.1},
		{"psi.full-mem.full_avg", 34.2, 0.05},
		{"psi.full-mem.full_avg60", 1.95, 0},
	};
	char *text = exported(export_sadf, r);
	json_t *top = json_loads(text, 0, NULL);
	const json_t *host = json_array_get(json_object_get(json_object_get(top, "sysstat"), "hosts"), 0);
	const json_t *row = json_array_get(json_object_get(host, "statistics"), 4);

	ok(row != NULL && fabs(at(row, "timestamp.interval") - 1.0022) < 0.0001, "sadf: the row of 5.0 s");
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		ok(fabs(at(row, all[i].where) - all[i].is) <= all[i].within + 1e-9, "sadf: %s is %g (%g)", all[i].where,
		   all[i].is, at(row, all[i].where));
	ok(strstr(text, "\"machine\": \"x86_64\"") != NULL,
	   "sadf: a recording of before that was recorded is of x86-64");
	json_decref(top);
	free(text);
}

/* The machine that was recorded, not the one that exports. */
static void sadf_machine(void)
{
	struct recording_writer *w = make_begin(path);

	make_line(w, FRAME_META, SOURCE_meta, 0, "meta=guest release=6.1 arch=riscv64 hz=250");
	make_line(w, FRAME_EVENT, SOURCE_timeline, S, "event=t0");
	for (int i = 1; i < 4; i++) {
		char text[80];

		snprintf(text, sizeof(text), "cpu  0 0 0 %d00 0 0 0 0 0 0\nprocs_running 1\nbtime 1700000000\n", i);
		make_line(w, FRAME_SAMPLE, SOURCE_stat, i * S, text);
	}
	struct recording *r = make_end(w, path);
	char *text = exported(export_sadf, r);

	ok(strstr(text, "\"machine\": \"riscv64\"") != NULL, "sadf: the recorded machine's architecture");
	free(text);
	recording_close_reader(r);
}

/* A source's first and last sample as they stand in the recording: its value and its time to the microsecond. */
static void openmetrics(struct recording *r)
{
	static const char *const sources[] = {"stat", NULL};
	struct recording_cursor *c;
	struct frame f;
	char *text = exported(export_openmetrics, r), first[64] = "", line[200];
	struct series s;
	long long us = 0;
	int64_t before = 0;

	if (recording_cursor(r, sources, &c) || recording_next(c, &f) != 1)
		exit(99);
	before = f.head.before_ns;
	recording_cursor_free(c);
	const char *p = strstr(text, "\nnode_procs_running{");

	ok(p && sscanf(p, "\nnode_procs_running{%*[^}]} %*s %60s", first) == 1, "openmetrics: node_procs_running");
	const char *point = strchr(first, '.');

	ok(point && strlen(point) == 7, "openmetrics: a time has six decimals: %s", first);
	us = point ? strtoll(first, NULL, 10) * 1000000 + atoi(point + 1) : 0;
	/* the recording's wall clock is t0's, which is a whole number of ns away: compare the distance of two samples */
	if (metric_series(r, "procs.running", &s))
		exit(99);
	const char *last = NULL;

	for (const char *q = p; q && !strncmp(q, "\nnode_procs_running{", 20); q = strchr(q + 1, '\n'))
		last = q;
	ok(last && sscanf(last, "\nnode_procs_running{%*[^}]} %*s %60s", line) == 1, "openmetrics: its last sample");
	point = strchr(line, '.');
	long long apart = (point ? strtoll(line, NULL, 10) * 1000000 + atoi(point + 1) : 0) - us;
	int64_t expected = (s.point[s.count - 1].at_ns - s.point[0].at_ns) / 1000;

	ok(apart >= expected - 1 && apart <= expected + 1 && before, "openmetrics: %lld us apart (%lld)", apart,
	   (long long)expected);
	ok(strstr(text, "# TYPE node_cpu_seconds counter\n") && strstr(text, "\nnode_cpu_seconds_total{"),
	   "openmetrics: a counter's family has no _total");
	ok(strlen(text) > 6 && !strcmp(text + strlen(text) - 6, "# EOF\n"), "openmetrics: the end is said");
	series_free(&s);
	free(text);
}

/* Rows of node_names.c: name, labels and unit. The figures are those of tests/unit/test_sources.c, five seconds on. */
static void node_names_of(struct recording *r)
{
	static const char *const all[] = {
		"node_memory_MemFree_bytes{%s} 147255296 ",
		"node_memory_HugePages_Total{%s} 0 ",
		"node_cpu_seconds_total{cpu=\"0\",mode=\"system\",%s} 4.95 ",
		"node_cpu_guest_seconds_total{cpu=\"0\",mode=\"nice\",%s} 0 ",
		"node_context_switches_total{%s} 4104 ",
		"node_forks_total{%s} 95 ",
		"node_procs_running{%s} 3 ",
		"node_load1{%s} 0.55419921875 ",
		"node_vmstat_pswpout{%s} 5805 ",
		"node_disk_reads_completed_total{device=\"vda\",%s} 451 ",
		"node_disk_read_bytes_total{device=\"vda\",%s} 14188544 ",
		"node_disk_write_time_seconds_total{device=\"vda\",%s} 1.602 ",
		"node_softirqs_functions_total{cpu=\"0\",type=\"TIMER\",%s} 291 ",
		"node_interrupts_total{cpu=\"0\",devices=\"49153-edge      virtio0-req.0\",info=\"PCI-MSI\",type=\"53\",%s} "
		"763 ",
		"node_schedstat_running_seconds_total{cpu=\"0\",%s} 11.376441568 ",
		"node_schedstat_waiting_seconds_total{cpu=\"0\",%s} 9.928888753 ",
	};
	static const char *const none[] = {
		"type=\"ERR\"", "node_pressure_cpu_stalled", "vmstat_nr_free_pages", "mode=\"guest\"", "node_gap",
		"node_jiffies"};
	char *text = exported(export_openmetrics, r), line[256];
	size_t given = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const char *at = strstr(all[i], "%s");

		snprintf(line, sizeof(line), "\n%.*sjob=\"node\",instance=\"sources\"%s", (int)(at - all[i]), all[i],
			 at + 2);
		ok(strstr(text, line) != NULL, "openmetrics: %s", all[i]);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ok(!strstr(text, none[i]), "openmetrics: nothing of %s", none[i]);
	/* node_time_seconds is the sample's own time */
	double value, at;

	for (const char *p = text; (p = strstr(p, "\nnode_time_seconds{")); p++)
		given += sscanf(p, "\nnode_time_seconds{%*[^}]} %lf %lf", &value, &at) == 2 && fabs(value - at) < 1e-4;
	ok(given > 5, "openmetrics: node_time_seconds, %zu times", given);
	free(text);
}

struct seen {
	size_t rows;
	double run[3], load[3];
};

static int see(void *user, const struct table *t)
{
	struct seen *s = user;

	if (s->rows < 3) {
		s->run[s->rows] = t->cell[table_column(t, "procs.running")];
		s->load[s->rows] = t->cell[table_column(t, "load1")];
	}
	s->rows++;
	return 0;
}

/* A source that was not read in one round has no figure in its row; one read at the next row's time is that row's. */
static void cells(void)
{
	struct recording_writer *w = make_begin(path);
	struct sysinfo info = {.mem_unit = 1};
	struct seen seen = {.rows = 0};
	struct table t;
	char text[80];

	make_line(w, FRAME_EVENT, SOURCE_timeline, S, "event=t0");
	for (unsigned i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "cpu  %u 0 0 1 0 0 0 0 0 0\nprocs_running %u\nprocs_blocked 0\n", i,
			 i + 1);
		make_line(w, FRAME_SAMPLE, SOURCE_stat, (1 + i) * S, text);
		info.loads[0] = (i + 1) * 65536;
		if (i)
			make_add(w, FRAME_SAMPLE, SOURCE_sysinfo, (1 + i) * S + (i == 1 ? 0 : 5000), &info,
				 sizeof(info));
	}
	struct recording *r = make_end(w, path);

	if (!ok(!table_open(r, true, &t) && table_column(&t, "load1") >= 0 && table_column(&t, "procs.running") >= 0 &&
			table_column(&t, "nothing") < 0,
		"its columns"))
		exit(1);
	ok(!table_rows(r, &t, see, &seen) && seen.rows == 3, "a table of three rows");
	for (size_t i = 0; i < 3; i++)
		ok(fabs(seen.run[i] - (double)(i + 1)) < 1e-9, "row %zu", i);
	ok(isnan(seen.load[0]), "a row without a sample has no figure, not the next one's");
	ok(fabs(seen.load[1] - 2) < 1e-9, "a sample of the row's own time");
	ok(fabs(seen.load[2] - 3) < 1e-9, "… and one of the last row");
	table_free(&t);
	recording_close_reader(r);
}

int main(void)
{
	struct recording *r;

	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/r.fuka", dir);
	if (!ok(!recording_open(fixture, &r), "%s is there (run this from the top of the tree)", fixture))
		return tap_end();
	sadf(r);
	openmetrics(r);
	node_names_of(r);
	recording_close_reader(r);
	cells();
	sadf_machine();
	unlink(path);
	rmdir(dir);
	return tap_end();
}
