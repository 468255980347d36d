// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The structure of `sadf -j FILE -- -A` (sysstat 12.6), its names and units, for what a recording has:
 *
 *	{"sysstat": {"hosts": [{"nodename": …, "statistics": [{"timestamp": {"date": "2026-01-01", "time": "00:00:12",
 *	 "utc": 1, "interval": 1}, "cpu-load": [{"cpu": "all", "usr": 74.75, …}], "queue": {"runq-sz": 2, …}, …}]}]}}
 *
 * sadf's interval is whole seconds; here it has decimals, because samples are often closer.
 */
#include "collect/show/exports/export.h"
#include "collect/show/exports/node.h"
#include "collect/show/exports/table.h"
#include "lib/text/jsontext.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND 1000000000ll

struct doc {
	FILE *out;
	const struct table *t;
	size_t rows;
	double *before, *now; /* by column, in the row before and in this one */
	int64_t before_ns;    /* that row's time */
	double seconds;       /* since then */
	int64_t t0_ns;        /* wall clock */
	struct recording *r;
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
	if (!isfinite(v)) /* of no time, or of no memory */
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
	fprintf(d->out, "%s{\"disk-device\": ", sep);
	jsontext_write(d->out, device);
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

static void put_clock(FILE *out, int64_t wall_ns, const char *date_key, const char *time_key)
{
	time_t second = wall_ns / SECOND;
	struct tm tm = {.tm_mday = 1};
	char date[32], time[32];

	gmtime_r(&second, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	strftime(time, sizeof(time), "%H:%M:%S", &tm);
	fprintf(out, "\"%s\": \"%s\", \"%s\": \"%s\"", date_key, date, time_key, time);
}

static void head(const struct doc *d, int64_t wall_ns)
{
	const char *said = recording_meta(d->r, "kernel");
	_cleanup_(sys_freep) char *kernel = sys_format("%.*s", said ? (int)strcspn(said, " ") : 0, said ? said : "");
	int cpus = 0;
	char name[32];

	do
		snprintf(name, sizeof(name), "cpu%d.idle", cpus);
	while (table_column(d->t, name) >= 0 && ++cpus);
	fputs("{\"sysstat\": {\"hosts\": [{\n\"nodename\": ", d->out);
	jsontext_write(d->out, recording_title(d->r));
	fputs(", \"sysname\": \"Linux\", \"release\": ", d->out);
	jsontext_write(d->out, kernel);
	fprintf(d->out, ", \"machine\": \"x86_64\", \"number-of-cpus\": %d,\n", cpus);
	put_clock(d->out, wall_ns, "file-date", "file-utc-time");
	fputs(", \"timezone\": \"UTC\",\n\"statistics\": [\n", d->out);
}

static int put_row(void *user, const struct table *t)
{
	struct doc *d = user;

	memcpy(d->now, t->cell, t->columns * sizeof(double));
	d->seconds = (double)(t->at_ns - d->before_ns) / SECOND;
	if (!d->rows++) {
		head(d, d->t0_ns + t->at_ns);
	} else {
		fprintf(d->out, "%s{\"timestamp\": {", d->rows > 2 ? ",\n" : "");
		put_clock(d->out, d->t0_ns + t->at_ns, "date", "time");
		fprintf(d->out, ", \"utc\": 1, \"interval\": %.9g}", d->seconds);
		cpu_load(d);
		activity(d);
		memory(d);
		queue(d);
		disks(d);
		pressure(d);
		fputs("\n}", d->out);
	}
	memcpy(d->before, d->now, t->columns * sizeof(double));
	d->before_ns = t->at_ns;
	return 0;
}

int export_sadf(FILE *out, struct recording *r, const struct export_options *o)
{
	struct node clock;
	struct table t;
	int err = node_clock(r, &clock) ?: table_open(r, o->all, &t);

	if (err)
		return err;
	struct doc d = {.out = out, .r = r, .t = &t, .t0_ns = clock.t0_ns};

	d.before = calloc(t.columns + 1, sizeof(double));
	d.now = calloc(t.columns + 1, sizeof(double));
	err = d.before && d.now ? table_rows(r, &t, put_row, &d) : -ENOMEM;
	if (!err)
		fputs("\n]}]}}\n", out);
	free(d.before);
	free(d.now);
	table_free(&t);
	return err;
}
