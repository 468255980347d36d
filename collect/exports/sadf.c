// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The structure of `sadf -j FILE -- -A` (sysstat 12.6), its names and units, for what a recording has:
 *
 *	{"sysstat": {"hosts": [{"nodename": …, "statistics": [{"timestamp": {"date": "2026-01-01", "time": "00:00:12",
 *	 "utc": 1, "interval": 1}, "cpu-load": [{"cpu": "all", "usr": 74.75, …}], "queue": {"runq-sz": 2, …}, …}]}]}}
 *
 * sadf's interval is whole seconds; here it has decimals, because samples are often closer.
 */
#include "collect/exports/export.h"
#include "collect/exports/node.h"
#include "collect/exports/table.h"
#include "collect/views/rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND 1000000000ll

struct doc {
	FILE *out;
	struct table *t;
	size_t row;
	double *before, *now; /* by column, in the row before and in this one */
	double seconds;       /* since the row before */
};

static double cell(const struct doc *d, const char *name)
{
	long c = table_column(d->t, name);

	return c >= 0 ? d->now[c] : NAN;
}

/* Growth a second of a cumulative figure since the row before. */
static double rate(const struct doc *d, const char *name)
{
	long c = table_column(d->t, name);

	return c >= 0 ? (d->now[c] - d->before[c]) / d->seconds : NAN;
}

/* One "key": value of an object; nothing where the figure is not there. */
static void pair(const struct doc *d, const char **sep, const char *key, double v, int decimals)
{
	if (isnan(v))
		return;
	fprintf(d->out, "%s\"%s\": %.*f", *sep, key, decimals, v);
	*sep = ", ";
}

static bool cpu_one(const struct doc *d, const char *prefix, const char *cpu, const char *sep)
{
	static const char *const keys[][2] = {
		{"usr", "user"}, {"nice", "nice"},    {"sys", "system"},  {"iowait", "iowait"},    {"steal", "steal"},
		{"irq", "irq"},  {"soft", "softirq"}, {"guest", "guest"}, {"gnice", "guest_nice"}, {"idle", "idle"},
	};
	char name[64];

	snprintf(name, sizeof(name), "%s.idle", prefix);
	if (isnan(cell(d, name)))
		return false;
	fprintf(d->out, "%s{\"cpu\": \"%s\"", sep, cpu);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *comma = ", ";

		snprintf(name, sizeof(name), "%s.%s", prefix, keys[i][1]);
		pair(d, &comma, keys[i][0], cell(d, name), 2);
	}
	fputs("}", d->out);
	return true;
}

static void cpu_load(const struct doc *d)
{
	fputs(",\n\t\"cpu-load\": [", d->out);
	bool any = cpu_one(d, "cpu", "all", "");

	for (int cpu = 0; cpu < 4096; cpu++) {
		char prefix[16], number[16];

		snprintf(prefix, sizeof(prefix), "cpu%d", cpu);
		snprintf(number, sizeof(number), "%d", cpu);
		if (cpu_one(d, prefix, number, any ? ", " : ""))
			any = true;
		else if (cpu > 64)
			break;
	}
	fputs("]", d->out);
}

static void activity(const struct doc *d)
{
	static const struct {
		const char *object, *key, *metric;
		double unit;
	} rates[] = {
		{"process-and-context-switch", "proc", "stat.processes", 1},
		{NULL, "cswch", "stat.ctxt", 1},
		{"swap-pages", "pswpin", "vmstat.pswpin", 1},
		{NULL, "pswpout", "vmstat.pswpout", 1},
		{"paging", "pgpgin", "vmstat.pgpgin", 1},
		{NULL, "pgpgout", "vmstat.pgpgout", 1},
		{NULL, "fault", "vmstat.pgfault", 1},
		{NULL, "majflt", "vmstat.pgmajfault", 1},
	};
	const char *sep = "";

	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		if (rates[i].object) {
			fprintf(d->out, "%s,\n\t\"%s\": {", i ? "}" : "", rates[i].object);
			sep = "";
		}
		pair(d, &sep, rates[i].key, rate(d, rates[i].metric) * rates[i].unit, 2);
	}
	fputs("}", d->out);
}

static void memory(const struct doc *d)
{
	double total = cell(d, "mem.total"), slab = cell(d, "mem.slab");
	double used =
		total - cell(d, "mem.free") - cell(d, "mem.buffers") - cell(d, "mem.cached") - (isnan(slab) ? 0 : slab);
	const struct {
		const char *key;
		double value;
	} all[] = {
		{"memfree", cell(d, "mem.free")},
		{"avail", cell(d, "mem.available")},
		{"memused", used},
		{"buffers", cell(d, "mem.buffers")},
		{"cached", cell(d, "mem.cached")},
		{"commit", cell(d, "mem.committed_as")},
		{"active", cell(d, "mem.active")},
		{"inactive", cell(d, "mem.inactive")},
		{"dirty", cell(d, "mem.dirty")},
		{"anonpg", cell(d, "mem.anon_pages")},
		{"slab", slab},
		{"kstack", cell(d, "mem.kernel_stack")},
		{"pgtbl", cell(d, "mem.page_tables")},
		{"swpfree", cell(d, "mem.swap_free")},
	};
	const char *sep = "";

	fputs(",\n\t\"memory\": {", d->out);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		pair(d, &sep, all[i].key, all[i].value / 1024, 0);
	pair(d, &sep, "memused-percent", 100 * used / total, 2);
	fputs("}", d->out);
}

static void queue(const struct doc *d)
{
	const char *sep = "";

	fputs(",\n\t\"queue\": {", d->out);
	pair(d, &sep, "runq-sz", cell(d, "procs.running"), 0);
	pair(d, &sep, "plist-sz", cell(d, "procs.total"), 0);
	pair(d, &sep, "ldavg-1", cell(d, "load1"), 2);
	pair(d, &sep, "ldavg-5", cell(d, "load5"), 2);
	pair(d, &sep, "ldavg-15", cell(d, "load15"), 2);
	pair(d, &sep, "blocked", cell(d, "procs.blocked"), 0);
	fputs("}", d->out);
}

static void pressure(const struct doc *d)
{
	static const char *const whats[] = {"cpu", "io", "memory"};
	bool any = false;

	for (int i = 0; i < 6; i++) {
		const char *what = whats[i / 2], *line = i % 2 ? "full" : "some", *sep = "";
		static const char *const avgs[] = {"avg10", "avg60", "avg300"};
		char name[64], key[32];

		snprintf(name, sizeof(name), "pressure.%s.%s.total", what, line);
		if (isnan(cell(d, name)) || (i % 2 && i < 2))
			continue;
		fprintf(d->out, "%s\n\t\t\"%s-%s\": {", any ? "}," : ",\n\t\"psi\": {", line, i < 4 ? what : "mem");
		any = true;
		for (int a = 0; a < 3; a++) {
			snprintf(name, sizeof(name), "pressure.%s.%s.%s", what, line, avgs[a]);
			snprintf(key, sizeof(key), "%s_%s", line, avgs[a]);
			pair(d, &sep, key, cell(d, name), 2);
		}
		snprintf(name, sizeof(name), "pressure.%s.%s.total", what, line);
		snprintf(key, sizeof(key), "%s_avg", line);
		pair(d, &sep, key, rate(d, name) / 1e4, 2);
	}
	if (any)
		fputs("}}", d->out);
}

static void disk_one(const struct doc *d, const char *device, const char *sep)
{
	static const struct {
		const char *key, *field;
		double unit;
	} keys[] = {
		{"rd_sec", "read_sectors", 1}, {"wr_sec", "write_sectors", 1}, {"rkB", "read_sectors", 0.5},
		{"wkB", "write_sectors", 0.5}, {"aqu-sz", "queue_ms", 1e-3},   {"util-percent", "busy_ms", 0.1},
	};
	char name[80];

	snprintf(name, sizeof(name), "disk.%s.reads", device);
	double reads = rate(d, name);
	snprintf(name, sizeof(name), "disk.%s.writes", device);
	double writes = rate(d, name);
	snprintf(name, sizeof(name), "disk.%s.discards", device);
	double discards = rate(d, name);
	fprintf(d->out, "%s{\"disk-device\": \"%s\"", sep, device);
	sep = ", ";
	pair(d, &sep, "tps", reads + writes + (isnan(discards) ? 0 : discards), 2);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		snprintf(name, sizeof(name), "disk.%s.%s", device, keys[i].field);
		pair(d, &sep, keys[i].key, rate(d, name) * keys[i].unit, 2);
	}
	fputs("}", d->out);
}

static void disks(const struct doc *d)
{
	const char *sep = "";

	fputs(",\n\t\"disk\": [", d->out);
	for (size_t c = 0; c < d->t->columns; c++) {
		char device[64];
		size_t n = strlen(d->t->name[c]);

		if (strncmp(d->t->name[c], "disk.", 5) || n < 12 || strcmp(d->t->name[c] + n - 6, ".reads") ||
		    isnan(d->now[c]) || isnan(d->before[c]))
			continue;
		snprintf(device, sizeof(device), "%.*s", (int)(n - 11), d->t->name[c] + 5);
		disk_one(d, device, sep);
		sep = ", ";
	}
	fputs("]", d->out);
}

static void row(struct doc *d, int64_t wall_ns)
{
	time_t second = wall_ns / SECOND;
	struct tm tm;
	char date[32], time[32];

	gmtime_r(&second, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	strftime(time, sizeof(time), "%H:%M:%S", &tm);
	fprintf(d->out, "{\"timestamp\": {\"date\": \"%s\", \"time\": \"%s\", \"utc\": 1, \"interval\": %.9g}", date,
		time, d->seconds);
	cpu_load(d);
	activity(d);
	memory(d);
	queue(d);
	disks(d);
	pressure(d);
	fputs("\n}", d->out);
}

static void head(FILE *out, struct recording *r, const struct table *t, int64_t wall_ns)
{
	const char *kernel = recording_meta(r, "kernel");
	time_t second = wall_ns / SECOND;
	int cpus = 0;
	struct tm tm;
	char date[32], time[32], name[32];

	do
		snprintf(name, sizeof(name), "cpu%d.idle", cpus);
	while (table_column(t, name) >= 0 && ++cpus);
	gmtime_r(&second, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	strftime(time, sizeof(time), "%H:%M:%S", &tm);
	fprintf(out,
		"{\"sysstat\": {\"hosts\": [{\n\"nodename\": \"%s\", \"sysname\": \"Linux\", \"release\": \"%.*s\", "
		"\"machine\": \"x86_64\", \"number-of-cpus\": %d,\n\"file-date\": \"%s\", \"file-utc-time\": \"%s\", "
		"\"timezone\": \"UTC\",\n\"statistics\": [\n",
		recording_title(r), kernel ? (int)strcspn(kernel, " ") : 0, kernel ? kernel : "", cpus, date, time);
}

int export_sadf(FILE *out, struct recording *r, const struct export_options *o)
{
	struct table t;
	struct node clock;
	struct doc d = {.out = out, .t = &t};
	int err = node_read(r, o->all, &clock);

	if (err)
		return err;
	int64_t t0_ns = clock.t0_ns;

	node_free(&clock);
	err = table_read(r, o->all, &t);
	if (err)
		return err;
	d.before = calloc(t.columns, sizeof(double));
	d.now = calloc(t.columns, sizeof(double));
	err = d.before && d.now ? 0 : -ENOMEM;
	if (!err)
		head(out, r, &t, t0_ns + t.at[0]);
	for (d.row = 0; d.row < t.rows && !err; d.row++) {
		memcpy(d.before, d.now, t.columns * sizeof(double));
		for (size_t c = 0; c < t.columns; c++)
			d.now[c] = table_cell(&t, d.row, c);
		if (!d.row)
			continue;
		d.seconds = (double)(t.at[d.row] - t.at[d.row - 1]) / SECOND;
		fputs(d.row > 1 ? ",\n" : "", out);
		row(&d, t0_ns + t.at[d.row]);
	}
	if (!err)
		fputs("\n]}]}}\n", out);
	free(d.before);
	free(d.now);
	table_free(&t);
	return err;
}
