// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The output has the structure, names and units of `sadf -j FILE -- -A` (sysstat 12.6), as far as a recording has the
 * data:
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

struct sadf_export {
	FILE *out;
	const struct table *t;
	size_t rows;
	double *before, *now; /* the cells of the previous row and of this one */
	int64_t before_ns;    /* the previous row's time */
	double seconds;       /* since then */
	int64_t t0_ns;        /* wall clock */
	struct recording *r;
};

static double cell(const struct sadf_export *d, const char *name)
{
	long c = table_column(d->t, name);

	return c >= 0 ? d->now[c] : NAN;
}

/* Growth per second of a cumulative figure since the previous row. */
static double rate(const struct sadf_export *d, const char *name)
{
	long c = table_column(d->t, name);

	return c >= 0 ? (d->now[c] - d->before[c]) / d->seconds : NAN;
}

/* Adds a member to an object, unless the figure is missing. */
static void pair(json_t *o, const char *key, double v, int decimals)
{
	jsontext_set(o, key, jsontext_decimals(v, decimals));
}

/* Makes the object of a CPU; NULL if there is no such CPU. */
static json_t *cpu_one(const struct sadf_export *d, const char *prefix, const char *cpu)
{
	static const char *const keys[][2] = {
		{"usr", "user"}, {"nice", "nice"},    {"sys", "system"},  {"iowait", "iowait"},    {"steal", "steal"},
		{"irq", "irq"},  {"soft", "softirq"}, {"guest", "guest"}, {"gnice", "guest_nice"}, {"idle", "idle"},
	};
	char name[64];

	snprintf(name, sizeof(name), "%s.idle", prefix);
	if (isnan(cell(d, name)))
		return NULL;
	json_t *o = json_pack("{ss}", "cpu", cpu);

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		snprintf(name, sizeof(name), "%s.%s", prefix, keys[i][1]);
		pair(o, keys[i][0], cell(d, name), 2);
	}
	return o;
}

static json_t *cpu_load(const struct sadf_export *d)
{
	json_t *list = json_array(), *all = cpu_one(d, "cpu", "all");

	if (all)
		json_array_append_new(list, all);
	for (int cpu = 0; cpu < 4096; cpu++) {
		char prefix[16], number[16];

		snprintf(prefix, sizeof(prefix), "cpu%d", cpu);
		snprintf(number, sizeof(number), "%d", cpu);
		json_t *one = cpu_one(d, prefix, number);

		if (one)
			json_array_append_new(list, one);
		else if (cpu > 64)
			break;
	}
	return list;
}

static void activity(const struct sadf_export *d, json_t *row)
{
	static const struct {
		const char *object, *key, *metric;
	} rates[] = {
		{"process-and-context-switch", "proc", "stat.processes"},
		{"process-and-context-switch", "cswch", "stat.ctxt"},
		{"swap-pages", "pswpin", "vmstat.pswpin"},
		{"swap-pages", "pswpout", "vmstat.pswpout"},
		{"paging", "pgpgin", "vmstat.pgpgin"},
		{"paging", "pgpgout", "vmstat.pgpgout"},
		{"paging", "fault", "vmstat.pgfault"},
		{"paging", "majflt", "vmstat.pgmajfault"},
	};

	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		if (!json_object_get(row, rates[i].object))
			json_object_set_new(row, rates[i].object, json_object());
		pair(json_object_get(row, rates[i].object), rates[i].key, rate(d, rates[i].metric), 2);
	}
}

static json_t *memory(const struct sadf_export *d)
{
	static const char *const kib[][2] = {
		{"memfree", "mem.free"},      {"avail", "mem.available"},     {"buffers", "mem.buffers"},
		{"cached", "mem.cached"},     {"commit", "mem.committed_as"}, {"active", "mem.active"},
		{"inactive", "mem.inactive"}, {"dirty", "mem.dirty"},         {"anonpg", "mem.anon_pages"},
		{"slab", "mem.slab"},         {"kstack", "mem.kernel_stack"}, {"pgtbl", "mem.page_tables"},
		{"swpfree", "mem.swap_free"},
	};
	double total = cell(d, "mem.total"), slab = cell(d, "mem.slab");
	double used =
		total - cell(d, "mem.free") - cell(d, "mem.buffers") - cell(d, "mem.cached") - (isnan(slab) ? 0 : slab);
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(kib) / sizeof(*kib); i++)
		pair(o, kib[i][0], cell(d, kib[i][1]) / 1024, 0);
	pair(o, "memused", used / 1024, 0);
	pair(o, "memused-percent", 100 * used / total, 2);
	return o;
}

static json_t *queue(const struct sadf_export *d)
{
	json_t *o = json_object();

	pair(o, "runq-sz", cell(d, "procs.running"), 0);
	pair(o, "plist-sz", cell(d, "procs.total"), 0);
	pair(o, "ldavg-1", cell(d, "load1"), 2);
	pair(o, "ldavg-5", cell(d, "load5"), 2);
	pair(o, "ldavg-15", cell(d, "load15"), 2);
	pair(o, "blocked", cell(d, "procs.blocked"), 0);
	return o;
}

/* Returns NULL if the row has no pressure figures. */
static json_t *pressure(const struct sadf_export *d)
{
	static const char *const avgs[] = {"avg10", "avg60", "avg300"};
	static const struct {
		const char *what, *line, *key;
	} lines[] = {{"cpu", "some", "some-cpu"},
		     {"io", "some", "some-io"},
		     {"io", "full", "full-io"},
		     {"memory", "some", "some-mem"},
		     {"memory", "full", "full-mem"}};
	json_t *all = NULL;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char total[64], name[64], key[32];

		snprintf(total, sizeof(total), "pressure.%s.%s.total", lines[i].what, lines[i].line);
		if (isnan(cell(d, total)))
			continue;
		json_t *o = json_object();

		for (int a = 0; a < 3; a++) {
			snprintf(name, sizeof(name), "pressure.%s.%s.%s", lines[i].what, lines[i].line, avgs[a]);
			snprintf(key, sizeof(key), "%s_%s", lines[i].line, avgs[a]);
			pair(o, key, cell(d, name), 2);
		}
		snprintf(key, sizeof(key), "%s_avg", lines[i].line);
		pair(o, key, rate(d, total) / 1e4, 2);
		all = all ?: json_object();
		json_object_set_new(all, lines[i].key, o);
	}
	return all;
}

static double disk_rate(const struct sadf_export *d, const char *device, const char *field)
{
	char name[80];

	snprintf(name, sizeof(name), "disk.%s.%s", device, field);
	return rate(d, name);
}

static json_t *disk_one(const struct sadf_export *d, const char *device)
{
	static const struct {
		const char *key, *field;
		double unit;
	} keys[] = {
		{"rd_sec", "read_sectors", 1}, {"wr_sec", "write_sectors", 1}, {"rkB", "read_sectors", 0.5},
		{"wkB", "write_sectors", 0.5}, {"aqu-sz", "queue_ms", 1e-3},   {"util-percent", "busy_ms", 0.1},
	};
	double discards = disk_rate(d, device, "discards");
	json_t *o = json_pack("{so}", "disk-device", jsontext(device));

	pair(o, "tps",
	     disk_rate(d, device, "reads") + disk_rate(d, device, "writes") + (isnan(discards) ? 0 : discards), 2);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		pair(o, keys[i].key, disk_rate(d, device, keys[i].field) * keys[i].unit, 2);
	return o;
}

static json_t *disks(const struct sadf_export *d)
{
	json_t *list = json_array();

	for (size_t c = 0; c < d->t->columns; c++) {
		char device[64];
		size_t n = strlen(d->t->name[c]);

		if (strncmp(d->t->name[c], "disk.", 5) || n < 12 || strcmp(d->t->name[c] + n - 6, ".reads") ||
		    isnan(d->now[c]) || isnan(d->before[c]))
			continue;
		snprintf(device, sizeof(device), "%.*s", (int)(n - 11), d->t->name[c] + 5);
		json_array_append_new(list, disk_one(d, device));
	}
	return list;
}

static void put_clock(json_t *o, int64_t wall_ns, const char *date_key, const char *time_key)
{
	time_t second = wall_ns / SECOND;
	struct tm tm = {.tm_mday = 1};
	char date[32], time[32];

	gmtime_r(&second, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	strftime(time, sizeof(time), "%H:%M:%S", &tm);
	json_object_set_new(o, date_key, json_string(date));
	json_object_set_new(o, time_key, json_string(time));
}

/* Writes the host's object except its rows, and leaves it open. */
static int put_host(const struct sadf_export *d, int64_t wall_ns)
{
	const char *said = recording_meta(d->r, "kernel");
	const char *arch = recording_meta(d->r, "arch"); /* recordings of before it was there are of x86-64 */
	_cleanup_(sys_freep) char *kernel = sys_format("%.*s", said ? (int)strcspn(said, " ") : 0, said ? said : "");
	int cpus = 0;
	char name[32];

	do
		snprintf(name, sizeof(name), "cpu%d.idle", cpus);
	while (table_column(d->t, name) >= 0 && ++cpus);
	json_t *o = json_pack("{so ss so so si ss}", "nodename", jsontext(recording_title(d->r)), "sysname", "Linux",
			      "release", jsontext(kernel), "machine", jsontext(arch ? arch : "x86_64"),
			      "number-of-cpus", cpus, "timezone", "UTC");

	put_clock(o, wall_ns, "file-date", "file-utc-time");
	_cleanup_(sys_freep) char *text = json_dumps(o, JSON_ENSURE_ASCII);

	json_decref(o);
	if (text)
		fprintf(d->out, "{\"sysstat\": {\"hosts\": [%.*s,\n\"statistics\": [\n", (int)strlen(text) - 1, text);
	return text ? 0 : -ENOMEM;
}

static json_t *one_row(const struct sadf_export *d, int64_t wall_ns)
{
	json_t *timestamp = json_object(), *row = json_object();

	put_clock(timestamp, wall_ns, "date", "time");
	json_object_set_new(timestamp, "utc", json_integer(1));
	jsontext_set(timestamp, "interval", jsontext_digits(d->seconds, 9));
	json_object_set_new(row, "timestamp", timestamp);
	json_object_set_new(row, "cpu-load", cpu_load(d));
	activity(d, row);
	json_object_set_new(row, "memory", memory(d));
	json_object_set_new(row, "queue", queue(d));
	json_object_set_new(row, "disk", disks(d));
	jsontext_set(row, "psi", pressure(d));
	return row;
}

/* Rows are written one per line as they come, because a day of them as one document would not fit into memory. */
static int put_row(void *user, const struct table *t)
{
	struct sadf_export *d = user;
	int err = 0;

	memcpy(d->now, t->cell, t->columns * sizeof(double));
	d->seconds = (double)(t->at_ns - d->before_ns) / SECOND;
	if (!d->rows++) {
		err = put_host(d, d->t0_ns + t->at_ns);
	} else {
		fputs(d->rows > 2 ? ",\n" : "", d->out);
		err = jsontext_put(d->out, one_row(d, d->t0_ns + t->at_ns));
	}
	memcpy(d->before, d->now, t->columns * sizeof(double));
	d->before_ns = t->at_ns;
	return err;
}

int export_sadf(FILE *out, struct recording *r, const struct export_options *o)
{
	struct node clock;
	struct table t;
	int err = node_clock(r, &clock) ?: table_open(r, o->all, &t);

	if (err)
		return err;
	struct sadf_export d = {.out = out, .r = r, .t = &t, .t0_ns = clock.t0_ns};

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
