// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics: which names exist, what they give, and that what a kernel does not have is absent. */
#include "collect/metrics/metric.h"
#include "collect/analyse/events.h"
#include "collect/show/views/columns.h"
#include "collect/show/views/rows.h"
#include "tests/unit/make.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <math.h>
#include <sys/sysinfo.h>

#define S 1000000000ull

static char dir[] = "/tmp/fuka-test-XXXXXX", path[64];

static void names(void)
{
	static const char *const good[] = {
		"load1",
		"load15",
		"cpu.user",
		"cpu.guest_nice",
		"cpu0.idle",
		"cpu127.softirq",
		"procs.blocked",
		"mem.available",
		"mem.swap_total",
		"pressure.memory.full.avg10",
		"pressure.cpu.some.total",
		"vmstat.oom_kill",
		"gap",
		"disk.vda.reads",
		"disk.cciss/c0d0.busy_ms",
		"softirq.net_rx",
		"softirq.net_rx.cpu3",
		"sched.wait.cpu12",
		"jiffies.user.cpu0",
		"interrupt.24.cpu0",
		"stat.ctxt",
		"rate.stat.ctxt",
		"rate.pressure.io.some.total",
		"cgroup.fuka.memory.86.memory.oom_kill",
		"rate.cgroup.fuka.memory.86.cpu.usage_usec",
	};
	static const char *const bad[] = {
		"",
		"load",
		"load2",
		"cpu",
		"cpu.usr",
		"cpu.",
		"cpux.idle",
		"cpu0",
		"procs.sleeping",
		"mem.",
		"mem.Free",
		"pressure.memory",
		"pressure.disk.some.avg10",
		"pressure.cpu.some.avg11",
		"vmstat.",
		"gaps",
		"disk.vda",
		"disk..reads",
		"disk.vda.read",
		"softirq.",
		"softirq..cpu0",
		"softirq.net_rx.cpu",
		"jiffies.total.cpu0",
		"interrupt.24",
		"swap.",
		"swap./dev/vda.free",
		"stat.procs",
		"memory",
		"rate.load1",
		"rate.rate.stat.ctxt",
		"rate.pressure.io.some.avg10",
		"rate.disk.vda.in_flight",
		"cgroup.memory.oom_kill",
		"cgroup.a.memory.oom_kills",
	};
	int wrong = 0;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		wrong += !metric_known(good[i]);
	ok(!wrong, "names that exist");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		wrong += metric_known(bad[i]);
	ok(!wrong, "names that do not");
}

static void put(struct recording_writer *w, int source, uint64_t ns, const char *text)
{
	make_line(w, FRAME_SAMPLE, source, ns, text);
}

static struct recording *make(void)
{
	struct recording_writer *w = make_begin(path);
	struct sysinfo info = {.loads = {1312 << 5, 272 << 5, 88 << 5}};
	char text[256];

	make_line(w, FRAME_EVENT, SOURCE_timeline, 10 * S, "event=t0");
	for (int i = 0; i < 4; i++) {
		uint64_t ns = (10 + i) * S;

		/* cpu0 is away at the third sample */
		snprintf(text, sizeof(text), "cpu  %d 0 1 %d 0 0 0 0\n%s 5 0 0 %d 0 0 0 0\nprocs_running %d\n", i * 25,
			 i * 75, i == 2 ? "cpu7" : "cpu0", i * 10, i);
		put(w, SOURCE_stat, ns + 1, text);
		make_add(w, FRAME_SAMPLE, SOURCE_sysinfo, ns + 2, &info, sizeof(info));
		put(w, SOURCE_loadavg, ns + 2, "0.64 0.13 0.04 2/71 99\n");
		put(w, SOURCE_meminfo, ns + 3,
		    "MemTotal:  100 kB\nMemFree:    64 kB\nActive(anon):   3 kB\nHugePages_Total:  2\nCommitted_AS: 7 "
		    "kB\nSwapTotal: 0 kB\n");
		put(w, SOURCE_pressure_memory, ns + 4,
		    "some avg10=1.50 avg60=0.00 avg300=0.00 total=77\nfull avg10=0.25 avg60=0.00 avg300=0.00 "
		    "total=7\n");
		put(w, SOURCE_softirqs, ns + 4,
		    "                    CPU0       CPU3\n          HI:          1          0\n      NET_RX:         "
		    "12        "
		    " 40\n");
		put(w, SOURCE_interrupts, ns + 4,
		    "           CPU0       CPU3\n  24:        120          7   PCI-MSI 49152-edge      virtio0-config\n "
		    "ERR:          0\n");
		put(w, SOURCE_diskstats, ns + 4,
		    " 253       0 vda 1402 311 101890 640 97 51 1240 55 3 580 697 0 0 0 0 2 1\n   8       1 sda1 5 1 9 "
		    "2 4 3 7 2 "
		    "0 6 4\n");
		put(w, SOURCE_swaps, ns + 4,
		    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/zram0                              "
		    "partition\t65532\t\t1280\t\t-2\n");
		put(w, SOURCE_schedstat, ns + 4,
		    "version 15\ntimestamp 4294937315\ncpu0 0 0 0 0 0 0 52149023 3113459 1203\n"
		    "domain0 3 0 0\ncpu1 0 0 0 0 0 0 7 1 3\n");
		put(w, SOURCE_vmstat, ns + 5, i < 3 ? "nr_free_pages 12\noom_kill 3\n" : "nr_free_pages 12\noom_ki");
	}
	return make_end(w, path);
}

/* The value of a metric's last point; NaN when there is none; `count` points. */
static double last(struct recording *r, const char *name, size_t *count)
{
	struct series s;
	double v = NAN;

	*count = 0;
	if (!metric_series(r, name, &s)) {
		v = s.point[s.count - 1].value;
		*count = s.count;
		series_free(&s);
	}
	return v;
}

static void values(void)
{
	static const struct {
		const char *name;
		double value;
		size_t count;
	} all[] = {
		{"load1", 1312 / 2048.0, 4},
		{"load15", 88 / 2048.0, 4},
		{"cpu.user", 25, 3},
		{"cpu.idle", 75, 3},
		{"cpu0.idle", 100, 1}, /* not the interval across its absence */
		{"procs.running", 3, 4},
		{"procs.total", 71, 4},
		{"mem.free", 65536, 4},
		{"mem.total", 102400, 4},
		{"mem.active_anon", 3072, 4},
		{"mem.huge_pages_total", 2, 4},
		{"mem.committed_as", 7168, 4},
		{"mem.swap_total", 0, 4},
		{"pressure.memory.some.avg10", 1.5, 4},
		{"pressure.memory.full.total", 7, 4},
		{"vmstat.oom_kill", 3, 3}, /* the last sample was cut in the middle of the line */
		{"gap", 1e9, 3},
		{"softirq.net_rx", 52, 4},
		{"softirq.net_rx.cpu3", 40, 4},
		{"jiffies.idle.cpu0", 30, 3},
		{"interrupt.24.cpu3", 7, 4},
		{"disk.vda.reads", 1402, 4},
		{"disk.vda.in_flight", 3, 4},
		{"disk.vda.discards", 0, 4},
		{"disk.sda1.queue_ms", 4, 4},
		{"swap./dev/zram0.size", 65532 * 1024.0, 4},
		{"swap./dev/zram0.used", 1280 * 1024.0, 4},
		{"sched.run", 52149030, 4},
		{"sched.wait", 3113460, 4},
		{"sched.run.cpu1", 7, 4},
	};
	static const char *const absent[] = {
		"mem.available",      "cpu.guest",           "cpu5.user",         "pressure.io.some.avg10",
		"vmstat.oom",         "vmstat.oom_ki",       "softirq.rcu",       "disk.sda.reads",
		"disk.sda1.discards", "softirq.net_rx.cpu1", "interrupt.ERR.cpu0"};
	struct recording *r = make();
	struct series s = {0};
	size_t n;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		double v = last(r, all[i].name, &n);

		ok(v == all[i].value && n == all[i].count, "%s: %zu points, the last %g", all[i].name, n, v);
	}
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
		ok(metric_series(r, absent[i], &s) == -ENODATA, "%s is absent, not zero", absent[i]);
	ok(metric_series(r, "cpu.usr", &s) == -ENOENT, "no such metric");
	ok(!metric_series(r, "cpu.user", &s) && s.point[0].from_ns == 1 && s.point[0].at_ns == (int64_t)S + 1,
	   "an interval and its times from t0");
	series_free(&s);
	recording_close_reader(r);
	unlink(path);
}

static void units(void)
{
	static const char *const all[][2] = {
		{"mem.free", "B"},
		{"mem.huge_pages_total", "pages"},
		{"cpu.idle", "%"},
		{"gap", "ns"},
		{"rate.vmstat.oom_kill", "/s"},
		{"pressure.memory.some.total", "us"},
		{"pressure.memory.some.avg10", "%"},
		{"procs.running", "tasks"},
		{"swap./dev/zram0.used", "B"},
	};
	struct recording *r = make();
	struct series s;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (metric_series(r, all[i][0], &s))
			exit(99);
		ok(!strcmp(s.unit, all[i][1]), "the unit of %s is '%s' (%s)", all[i][0], all[i][1], s.unit);
		series_free(&s);
	}
	recording_close_reader(r);
	unlink(path);
}

static const char *cell(int width, int decimals, double value)
{
	static char text[64];
	FILE *out = fmemopen(text, sizeof(text), "w");

	rows_cell(out, width, decimals, value);
	fclose(out);
	return text;
}

static void cells(void)
{
	ok(!strcmp(cell(7, 2, 8), "   8.00"), "a cell");
	ok(!strcmp(cell(6, 2, 1234.56), "  1235") && !strcmp(cell(7, 2, 363.67), " 363.67"),
	   "the gap goes before the decimals");
	ok(!strcmp(cell(4, 1, 123456), " 123456"), "and before the width");
	ok(!strcmp(cell(6, 2, NAN), "     -"), "no figure");
}

static const char group_first[] =
	"# fuka.memory.86/memory.events\nlow 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n"
	"# fuka.memory.86/cpu.stat\nusage_usec 61266\nuser_usec 0\nsystem_usec 61266\n"
	"# fuka.memory.86/cpu.pressure\nsome avg10=0.00 avg60=0.00 avg300=0.00 total=55689\n"
	"full avg10=0.00 avg60=0.00 avg300=0.00 total=52616\n"
	"# fuka.memory.86/memory.pressure\nsome avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
	"full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
static const char group_second[] =
	"# fuka.cpu.9/memory.events\nlow 0\nhigh 0\nmax 7\noom 7\noom_kill 7\noom_group_kill 0\n"
	"# fuka.memory.86/memory.events\nlow 0\nhigh 0\nmax 18\noom 1\noom_kill 0\noom_group_kill 0\n"
	"# fuka.memory.86/cpu.stat\nusage_usec 987576\nuser_usec 7869\nsystem_usec 979707\n"
	"# fuka.memory.86/cpu.pressure\nsome avg10=0.00 avg60=0.00 avg300=0.00 total=140044\n"
	"full avg10=0.00 avg60=0.00 avg300=0.00 total=126816\n"
	"# fuka.memory.86/memory.pressure\nsome avg10=0.00 avg60=0.00 avg300=0.00 total=14456\n"
	"full avg10=0.00 avg60=0.00 avg300=0.00 total=14456\n";

/* Two looks at a group a second apart, beside the second of which there is another group. */
static void groups(void)
{
	struct recording_writer *w = make_begin(path);
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct series s;
	size_t n;

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	put(w, SOURCE_vmstat, 5 * S, "nr_free_pages 9\n");
	put(w, SOURCE_cgroup, 5 * S, group_first);
	put(w, SOURCE_vmstat, 6 * S, "nr_free_pages 9\n");
	put(w, SOURCE_cgroup, 6 * S, group_second);
	struct recording *r = make_end(w, path);

	ok(last(r, "cgroup.fuka.memory.86.memory.max", &n) == 18 && n == 2, "the group's own figure");
	ok(last(r, "cgroup.fuka.memory.86.pressure.cpu.full", &n) == 126816 && n == 2, "of a line, its total");
	ok(last(r, "rate.cgroup.fuka.memory.86.cpu.usage_usec", &n) == 926310 && n == 1, "its growth");
	ok(metric_series(r, "cgroup.fuka.memory.86.pressure.io.some", &s) == -ENODATA, "a file it does not have");
	int err = view_cgroup(out, &r, 1, &(struct view_options){.all = true});

	fclose(out);
	ok(!err && strstr(text, "fuka.memory.86 ") && !strstr(text, "fuka.cpu.9"),
	   "a table of what changed, and of nothing else");
	ok(strstr(text, "   92.63    0.79    91.84         -      18     1         0    8.44       -       -    1.45   "
			" 1.45\n"),
	   "its row");
	recording_close_reader(r);
	unlink(path);
}

/* 400 pages scanned in a second, 150 of kswapd's and 50 others got back. */
static void reclaim(void)
{
	struct recording_writer *w = make_begin(path);
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5000000000, "event=t0");
	put(w, SOURCE_vmstat, 5000000000,
	    "nr_free_pages 9\npgsteal_kswapd 10\npgsteal_direct 20\npgscan_kswapd 100\npgscan_direct 0\npgsteal_anon "
	    "30\n");
	put(w, SOURCE_vmstat, 6000000000,
	    "nr_free_pages 9\npgsteal_kswapd 160\npgsteal_direct 70\npgscan_kswapd 300\npgscan_direct "
	    "200\npgsteal_anon 230\n");
	struct recording *r = make_end(w, path);
	int err = view_paging(out, &r, 1, &(struct view_options){.all = true});

	fclose(out);
	ok(!err && strstr(text, "     200.00     200.00     200.00    50.00 "), "pgsteal/s and %%vmeff");
	recording_close_reader(r);
}

/* A time that no recording can have is cut, and keeps its sign. */
static void times(void)
{
	ok(events_since(5 * S, 3 * S) == 2 * (int64_t)S && events_since(3 * S, 5 * S) == -2 * (int64_t)S, "from t0");
	ok(events_since(UINT64_MAX, S) > 0 && events_since(UINT64_MAX, S) <= INT64_MAX / 2 &&
		   events_since(0, UINT64_MAX) < 0 && events_since(0, UINT64_MAX) >= -INT64_MAX / 2,
	   "500 years away are as far as two times can be added");
}

/* Growth a second; what falls began anew. */
static void growth(void)
{
	static const int ctxt[] = {10, 30, -1, 20, 25};
	static const struct column column[] = {{.metric = "stat.ctxt", .how = COLUMN_RATE},
					       {.metric = "stat.ctxt", .how = COLUMN_RATE, .scale = 0.1},
					       {.metric = "stat.ctxt"},
					       {.metric = "no.such"}};
	int64_t at[] = {0, S, 3 * S, 4 * S, 5 * S};
	const struct rows rows = {.at = at, .count = 5, .step_ns = S};
	struct recording_writer *w = make_begin(path);
	struct column_figures f;
	char line[32];

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	put(w, SOURCE_stat, 5 * S, "ctxt 5\n"); /* at the same time as the next */
	for (int i = 0; i < 5; i++) {
		snprintf(line, sizeof(line), "ctxt %d\n", ctxt[i]);
		if (ctxt[i] >= 0)
			put(w, SOURCE_stat, 5 * S + i * S, line);
	}
	struct recording *r = make_end(w, path);
	if (columns_figures(r, &rows, column, 4, &f))
		exit(99);
	const double *v = f.value;

	ok(isnan(v[0]) && v[2] == 10, "no time has a value and no growth");
	ok(fabs(v[4] - 20) < 1e-9, "20 a second");
	ok(fabs(v[5] - 2) < 1e-9, "… scaled");
	ok(isnan(v[8]) && v[10] == 20, "a counter that falls has no rate");
	ok(fabs(v[12] - 5) < 1e-9, "and counts on from there");
	ok(isnan(v[16]) && isnan(v[18]), "nor has one that was not read");
	ok(f.changed[0] && f.some[2] && !f.some[3] && isnan(v[3]), "what is no metric has no figure");
	column_figures_free(&f);
	recording_close_reader(r);
}

/* Text that is not quite what it should be, and lines that move. */
static void texts(void)
{
	static char vmstat[4096];
	struct recording_writer *w = make_begin(path);
	char **all, line[64];
	size_t n, names = 0;

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	for (int i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "nr_filler_%d 1\n", i);
		strcat(vmstat, line);
	}
	put(w, SOURCE_stat, 5 * S, "cpu  10 2 3 80 1 1 1 1 4 2\nprocs_running 1\nprocs_blocked 0\n");
	strcat(vmstat, "oom_kill 3\n");
	put(w, SOURCE_vmstat, 5 * S, vmstat);
	memmove(vmstat + strlen("oom_kill 4\n"), vmstat, strlen(vmstat) - strlen("oom_kill 3\n"));
	memcpy(vmstat, "oom_kill 4\n", strlen("oom_kill 4\n"));
	put(w, SOURCE_vmstat, 6 * S, vmstat);
	put(w, SOURCE_pressure_cpu, 5 * S, "some avg10=1.2x avg60=0.50 avg300=0.00 total=7\n");
	put(w, SOURCE_cgroup, 5 * S, "# a/memory.events\nlow 0\nmax 5\n# b/memory.events\nlow 0\nmax 6\noom_kill 9\n");
	put(w, SOURCE_cgroup, 6 * S, "# c/memory.events\nlow 0\nmax 8\noom_kill 1\n");
	struct recording *r = make_end(w, path);

	ok(last(r, "vmstat.oom_kill", &n) == 4 && n == 2, "a line that moved towards the beginning");
	ok(isnan(last(r, "pressure.cpu.some.avg10", &n)) && isnan(last(r, "pressure.cpu.some.avg60", &n)),
	   "a line with a number that has junk behind it has no figures");
	ok(last(r, "stat.jiffies", &n) == 99 || last(r, "jiffies.total", &n) == 99, "all time is the sum of eight");
	ok(isnan(last(r, "cgroup.a.memory.oom_kill", &n)), "a group without the line, before one that has it");
	ok(last(r, "cgroup.b.memory.oom_kill", &n) == 9, "the other's is its own");
	if (metric_names(r, true, &all, &n))
		exit(99);
	for (size_t i = 0; i < n; i++)
		names += !strcmp(all[i], "cgroup.c.memory.oom_kill") + !strcmp(all[i], "cgroup.b.memory.max");
	ok(names == 2, "names of the first sample and of a later one");
	metric_names_free(all);
	recording_close_reader(r);
}

/* Two CPUs, a tenth of whose time is nice and a fifth ran by the scheduler. */
static void truth(void)
{
	struct recording_writer *w = make_begin(path);
	char text[4096] = "", stat[256];
	FILE *out = fmemopen(text, sizeof(text), "w");

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	for (unsigned i = 0; i < 2; i++) {
		snprintf(stat, sizeof(stat),
			 "cpu  0 %u 0 %u 0 0 0 0 0 0\ncpu0 0 %u 0 %u 0 0 0 0 0 0\ncpu1 0 %u 0 %u 0 0 0 0 0 0\n"
			 "procs_running 1\nprocs_blocked 0\n",
			 2 + i * 20, i * 180, 1 + i * 10, i * 90, 1 + i * 10, i * 90);
		put(w, SOURCE_stat, (5 + i) * S, stat);
		snprintf(stat, sizeof(stat), "version 15\ncpu0 0 0 0 0 0 0 %u 0 1\ncpu1 0 0 0 0 0 0 %u 0 1\n",
			 i * 200000000, i * 200000000);
		put(w, SOURCE_schedstat, (5 + i) * S, stat);
	}
	struct recording *r = make_end(w, path);
	int err = view_truth(out, &r, 1, &(struct view_options){.all = true});

	fclose(out);
	ok(!err && strstr(text, "     100.00    10.00    20.00    90.00     0.00"), "truth of two CPUs");
	if (!strstr(text, "     100.00    10.00    20.00    90.00     0.00"))
		printf("# %s\n", text);
	recording_close_reader(r);
}

/* 400 CPUs: no line is too long, neither of /proc/softirqs, nor /proc/stat's of 3000 interrupts. */
static void wide(void)
{
	struct recording_writer *w = make_begin(path);
	char *text;
	size_t n, size;
	FILE *f = open_memstream(&text, &size);

	make_line(w, FRAME_EVENT, SOURCE_timeline, 5 * S, "event=t0");
	fputs("      ", f);
	for (int i = 0; i < 400; i++)
		fprintf(f, "       CPU%d", i);
	fputs("\n      NET_RX:", f);
	for (int i = 0; i < 400; i++)
		fprintf(f, " %10d", 1000000000 + i);
	fputc('\n', f);
	fclose(f);
	put(w, SOURCE_softirqs, 5 * S, text);
	free(text);
	f = open_memstream(&text, &size);
	fputs("cpu  1 2 3 4\nintr 77", f);
	for (int i = 0; i < 3000; i++)
		fprintf(f, " %d", i);
	fputs("\nctxt 9\nprocs_running 18446744073709551615\nprocs_blocked 18446744073709551615\n", f);
	fclose(f);
	put(w, SOURCE_stat, 5 * S, text);
	free(text);
	struct recording *r = make_end(w, path);

	ok(last(r, "softirq.net_rx.cpu399", &n) == 1000000399 && n == 1, "the last column of 400 CPUs");
	ok(last(r, "stat.intr", &n) == 77 && last(r, "stat.ctxt", &n) == 9, "and what stands beside 3000 interrupts");
	ok(isnan(last(r, "procs.blocked", &n)) && isnan(last(r, "procs.running", &n)),
	   "a count that fell below 0 is absent, not 1.8e19 tasks");
	recording_close_reader(r);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/r.fuka", dir);
	times();
	growth();
	texts();
	truth();
	wide();
	groups();
	reclaim();
	cells();
	names();
	values();
	units();
	unlink(path);
	rmdir(dir);
	return tap_end();
}
