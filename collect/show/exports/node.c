// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each source has one function from a sample's text to samples of node_exporter's metrics. The inputs are shown in
 * collect/sample/sources/ and collect/parse/cpu.c; beside them
 *
 *	/proc/interrupts	 24:     120      0   PCI-MSI 49152-edge      virtio0-config
 *				LOC:    9012   8733   Local timer interrupts
 *	/proc/schedstat		cpu0 0 0 0 0 0 0 52149023 3113459 1203		(run ns, wait ns, timeslices last)
 */
#include "collect/show/exports/node.h"
#include "collect/parse/cpu.h"
#include "collect/analyse/events.h"
#include "collect/show/exports/labels.h"
#include "lib/base/say.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#define SECOND         1000000000ll
#define USER_HZ        100.0
#define LINE_MAX_BYTES 4096

/* As many as 512 CPUs have, and their samples for a day; beyond, --openmetrics is not the form for it. */
#define SERIES_MAX 65536
#define POINTS_MAX (1 << 24)

/* Where a sample goes: the store and the sample's time. */
struct put {
	struct node *node;
	int64_t at_ns;
	const char *type, *help;
	int err;
};

static int by_name(const void *a, const void *b)
{
	const struct node_series *x = *(struct node_series *const *)a, *y = *(struct node_series *const *)b;

	int order = strcmp(x->name, y->name);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_labels(const void *a, const void *b)
{
	const struct node_series *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->labels, y->labels);
}

static void series_free(struct node_series *s)
{
	free(s->name);
	free(s->labels);
	free(s->point);
	free(s);
}

static struct node_series *series_add(struct put *p, const struct node_series *key)
{
	struct node *n = p->node;
	struct node_series *s = calloc(1, sizeof(*s)), **grown = n->series;

	if (n->count % 256 == 0)
		grown = reallocarray(n->series, n->count + 256, sizeof(*grown));
	if (grown)
		n->series = grown;
	if (!s || !grown) {
		free(s);
		return NULL;
	}
	*s = (struct node_series){
		.name = strdup(key->name), .labels = strdup(key->labels), .type = p->type, .help = p->help};
	s->order = n->count;
	if (!s->name || !s->labels || !tsearch(s, &n->known, by_labels)) {
		series_free(s);
		return NULL;
	}
	n->series[n->count++] = s;
	return s;
}

static int point_add(struct put *p, struct node_series *s, double value)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		struct node_point *grown = reallocarray(s->point, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		s->point = grown;
		s->room = room;
	}
	s->point[s->count++] = (struct node_point){p->at_ns, value};
	return ++p->node->points > POINTS_MAX ? -E2BIG : 0;
}

/* A sample of a series whose labels are key, value, …, NULL. */
static void put(struct put *p, double value, const char *name, ...)
{
	char labels[1024] = "";
	struct node_series key = {.name = (char *)name, .labels = labels};
	va_list ap;

	if (p->err || !isfinite(value))
		return;
	va_start(ap, name);
	for (const char *k; (k = va_arg(ap, const char *));)
		labels_add(labels, sizeof(labels), k, va_arg(ap, const char *));
	va_end(ap);
	struct node_series *const *found = tfind(&key, &p->node->known, by_labels), *s = found ? *found : NULL;

	if (!s && p->node->count == SERIES_MAX)
		p->err = -E2BIG;
	else if (!s && !(s = series_add(p, &key)))
		p->err = -ENOMEM;
	else if (!s->count || s->point[s->count - 1].at_ns < p->at_ns)
		p->err = point_add(p, s, value);
}

static void of(struct put *p, const char *type, const char *help)
{
	p->type = type;
	p->help = help;
}

/* A number as a label's value; valid until four calls later. */
static const char *digits(int number)
{
	static char text[4][16];
	static unsigned turn;
	char *to = text[turn++ % 4];

	snprintf(to, sizeof(text[0]), "%d", number);
	return to;
}

/* --- a source each --- */

static void put_cpu(struct put *p, const char *text, size_t n)
{
	const char *end = text + n;

	for (struct cpu_line l; cpu_each(&text, end, &l);) {
		int cpu = l.cpu;

		if (cpu < 0)
			continue;
		of(p, "counter", "Seconds the CPUs spent in each mode.");
		for (unsigned m = 0; m < l.fields && m < CPU_guest; m++)
			put(p, (double)l.jiffies[m] / USER_HZ, "node_cpu_seconds_total", "cpu", digits(cpu), "mode",
			    cpu_mode_names[m], NULL);
		of(p, "counter", "Seconds the CPUs spent in guests (VMs) for each mode.");
		if (l.fields > CPU_guest)
			put(p, (double)l.jiffies[CPU_guest] / USER_HZ, "node_cpu_guest_seconds_total", "cpu",
			    digits(cpu), "mode", "user", NULL);
		if (l.fields > CPU_guest_nice)
			put(p, (double)l.jiffies[CPU_guest_nice] / USER_HZ, "node_cpu_guest_seconds_total", "cpu",
			    digits(cpu), "mode", "nice", NULL);
	}
}

static void put_stat(struct put *p, const char *text, size_t n)
{
	static const struct {
		const char *line, *name, *type, *help;
	} counters[] = {
		{"ctxt", "node_context_switches_total", "counter", "Total number of context switches."},
		{"intr", "node_intr_total", "counter", "Total number of interrupts serviced."},
		{"processes", "node_forks_total", "counter", "Total number of forks."},
		{"btime", "node_boot_time_seconds", "gauge", "Node boot time, in unixtime."},
		{"procs_running", "node_procs_running", "gauge", "Number of processes in runnable state."},
		{"procs_blocked", "node_procs_blocked", "gauge",
		 "Number of processes blocked waiting for I/O to complete."},
	};

	put_cpu(p, text, n);
	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
		uint64_t v;

		of(p, counters[i].type, counters[i].help);
		if (cpu_counter(text, n, counters[i].line, &v))
			put(p, (double)v, counters[i].name, NULL);
	}
	of(p, "gauge", "System time in seconds since epoch (1970).");
	put(p, (double)p->at_ns / SECOND, "node_time_seconds", NULL);
}

static void put_sysinfo(struct put *p, const char *bytes, size_t n)
{
	static const char *const names[] = {"node_load1", "node_load5", "node_load15"};
	static const char *const helps[] = {"1m load average.", "5m load average.", "15m load average."};
	struct sysinfo info;

	if (n < offsetof(struct sysinfo, totalram))
		return;
	memcpy(&info, bytes, offsetof(struct sysinfo, totalram));
	for (int i = 0; i < 3; i++) {
		of(p, "gauge", helps[i]);
		put(p, (double)(info.loads[i] >> 5) / 2048, names[i], NULL);
	}
}

/* "Active(anon):    1234 kB" -> node_memory_Active_anon_bytes */
static void put_meminfo(struct put *p, char *line)
{
	char name[96] = "node_memory_", *colon = strchr(line, ':'), *rest;
	size_t at = strlen(name);

	if (!colon || colon - line > 60)
		return;
	for (const char *q = line; q < colon; q++)
		if (*q == '(')
			name[at++] = '_';
		else if (isalnum((unsigned char)*q) || *q == '_')
			name[at++] = *q;
	name[at] = '\0';
	unsigned long long v = strtoull(colon + 1, &rest, 10);
	if (rest == colon + 1)
		return;
	of(p, "gauge", "Memory information field of /proc/meminfo.");
	if (!strcmp(rest, " kB"))
		strcat(name, "_bytes");
	put(p, *rest ? (double)v * 1024 : (double)v, name, NULL);
}

static void put_vmstat(struct put *p, char *line, bool all)
{
	char name[96], field[64];
	unsigned long long v;

	if (sscanf(line, "%63s %llu", field, &v) != 2)
		return;
	size_t n = strlen(field);
	bool wanted = !strncmp(field, "oom_kill", 8) || !strncmp(field, "pgpg", 4) || !strncmp(field, "pswp", 4) ||
		      (!strncmp(field, "pg", 2) && n >= 5 && !strcmp(field + n - 5, "fault"));
	if (!wanted && !all)
		return;
	if (!labels_is_name(field)) {
		p->node->unnamed++;
		return;
	}
	snprintf(name, sizeof(name), "node_vmstat_%s", field);
	of(p, "unknown", "/proc/vmstat information field.");
	put(p, (double)v, name, NULL);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=1834": the total, in µs. */
static void put_pressure(struct put *p, const char *what, const char *line)
{
	const char *total = strstr(line, " total=");
	char name[80];
	bool full = !strncmp(line, "full ", 5);

	if (!total || (full && !strcmp(what, "cpu"))) /* the whole machine's "full" is 0 for cpu: not exposed */
		return;
	snprintf(name, sizeof(name), "node_pressure_%s_%s_seconds_total", what, full ? "stalled" : "waiting");
	of(p, "counter",
	   full ? "Total time in seconds no process could make progress."
		: "Total time in seconds that processes waited.");
	put(p, strtod(total + 7, NULL) / 1e6, name, NULL);
}

static void put_disk(struct put *p, const char *line)
{
	static const struct {
		const char *name, *type, *help;
		double unit;
	} fields[] = {
		{"reads_completed_total", "counter", "The total number of reads completed successfully.", 1},
		{"reads_merged_total", "counter", "The total number of reads merged.", 1},
		{"read_bytes_total", "counter", "The total number of bytes read successfully.", 512},
		{"read_time_seconds_total", "counter", "The total number of seconds spent by all reads.", 1e-3},
		{"writes_completed_total", "counter", "The total number of writes completed successfully.", 1},
		{"writes_merged_total", "counter", "The number of writes merged.", 1},
		{"written_bytes_total", "counter", "The total number of bytes written successfully.", 512},
		{"write_time_seconds_total", "counter", "This is the total number of seconds spent by all writes.",
		 1e-3},
		{"io_now", "gauge", "The number of I/Os currently in progress.", 1},
		{"io_time_seconds_total", "counter", "Total seconds spent doing I/Os.", 1e-3},
		{"io_time_weighted_seconds_total", "counter", "The weighted # of seconds spent doing I/Os.", 1e-3},
	};
	char device[40], name[80];
	int at = 0;

	if (sscanf(line, " %*u %*u %39s%n", device, &at) != 1 || !at || !strncmp(device, "ram", 3) ||
	    !strncmp(device, "loop", 4))
		return; /* node_exporter leaves these out too */
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		char *rest;
		unsigned long long v = strtoull(line + at, &rest, 10);

		if (rest == line + at)
			return;
		at = (int)(rest - line);
		snprintf(name, sizeof(name), "node_disk_%s", fields[i].name);
		of(p, fields[i].type, fields[i].help);
		put(p, (double)v * fields[i].unit, name, "device", device, NULL);
	}
}

/* The columns "CPU0 CPU1 CPU3" of a table's first line: the numbers, as many as there is room for. */
static int columns(const char *line, int *cpu, int most)
{
	int n = 0, number, at;

	for (; n < most && sscanf(line, " CPU%d%n", &number, &at) == 1; line += at)
		cpu[n++] = number;
	return n;
}

static void put_softirq(struct put *p, const char *line, const int *cpu, int cpus)
{
	char type[32];
	int at = 0;

	if (sscanf(line, " %31[A-Z_]:%n", type, &at) != 1 || !at)
		return;
	of(p, "counter", "Softirq counts per CPU.");
	for (int i = 0; i < cpus; i++) {
		char *rest;
		unsigned long long v = strtoull(line + at, &rest, 10);

		if (rest == line + at)
			return;
		at = (int)(rest - line);
		put(p, (double)v, "node_softirqs_functions_total", "cpu", digits(cpu[i]), "type", type, NULL);
	}
}

static void put_interrupt(struct put *p, const char *line, const int *cpu, int cpus)
{
	char type[32], info[100];
	double count[512];
	int at = 0, n = 0;

	if (sscanf(line, " %31[A-Za-z0-9_]:%n", type, &at) != 1 || !at)
		return;
	for (; n < cpus && n < 512; n++) {
		char *rest;

		count[n] = strtod(line + at, &rest);
		if (rest == line + at)
			break;
		at = (int)(rest - line);
	}
	const char *text = line + at + strspn(line + at, " ");
	size_t length = isdigit((unsigned char)*type) ? strcspn(text, " ") : strlen(text);

	snprintf(info, sizeof(info), "%.*s", (int)length, text);
	text += length;
	text += strspn(text, " ");
	of(p, "counter", "Interrupt details.");
	for (int i = 0; i < n; i++)
		put(p, count[i], "node_interrupts_total", "cpu", digits(cpu[i]), "devices", text, "info", info, "type",
		    type, NULL);
}

static void put_schedstat(struct put *p, const char *line)
{
	unsigned long long run, wait, slices;
	int cpu;

	if (sscanf(line, "cpu%d %*u %*u %*u %*u %*u %*u %llu %llu %llu", &cpu, &run, &wait, &slices) != 4)
		return;
	of(p, "counter", "Number of seconds CPU spent running a process.");
	put(p, (double)run / SECOND, "node_schedstat_running_seconds_total", "cpu", digits(cpu), NULL);
	of(p, "counter", "Number of seconds spent by processing waiting for this CPU.");
	put(p, (double)wait / SECOND, "node_schedstat_waiting_seconds_total", "cpu", digits(cpu), NULL);
	of(p, "counter", "Number of timeslices executed by CPU.");
	put(p, (double)slices, "node_schedstat_timeslices_total", "cpu", digits(cpu), NULL);
}

static void put_lines(struct put *p, const char *source, const char *text, size_t n, bool all)
{
	const char *end = text + n, *eol;
	char line[LINE_MAX_BYTES];
	int cpu[512], cpus = 0;

	for (; text < end; text = eol + 1) {
		eol = memchr(text, '\n', end - text);
		if (!eol)
			return;
		if ((size_t)(eol - text) >= sizeof(line))
			continue;
		memcpy(line, text, eol - text);
		line[eol - text] = '\0';
		if (!strcmp(source, "meminfo"))
			put_meminfo(p, line);
		else if (!strcmp(source, "vmstat"))
			put_vmstat(p, line, all);
		else if (!strncmp(source, "pressure_", 9))
			put_pressure(p, source + 9, line);
		else if (!strcmp(source, "diskstats"))
			put_disk(p, line);
		else if (!strcmp(source, "schedstat"))
			put_schedstat(p, line);
		else if (!cpus)
			cpus = columns(line, cpu, 512);
		else if (!strcmp(source, "softirqs"))
			put_softirq(p, line, cpu, cpus);
		else
			put_interrupt(p, line, cpu, cpus);
	}
}

/* --- all of it --- */

/* A wall clock in ns, or -1: nobody has lived before 1970, or in 2106. */
static int64_t clock_of(const char *said)
{
	int64_t ns = said ? strtoll(said, NULL, 10) : -1;

	return ns >= 0 && ns < (1ll << 32) * SECOND ? ns : -1;
}

int node_clock(struct recording *r, struct node *n)
{
	static const char *const stat[] = {"stat", NULL};
	struct recording_cursor *c;
	struct frame f;
	uint64_t btime = 0;
	int err = recording_cursor(r, stat, &c);

	if (err)
		return err;
	*n = (struct node){.boot_ns = -1, .first_ns = -1, .last_ns = -1};
	if (recording_next(c, &f) == 1 && cpu_counter(f.payload, f.head.payload_length, "btime", &btime) &&
	    btime < 1ull << 32)
		n->boot_ns = (int64_t)btime * SECOND;
	recording_cursor_free(c);
	n->offset_ns = clock_of(recording_meta(r, "realtime_offset_ns"));
	if (n->offset_ns < 0)
		n->offset_ns = n->boot_ns;
	n->t0_ns = n->offset_ns + events_since(events_zero(r), 0);
	return n->offset_ns < 0 ? -ENODATA : 0;
}

static int read_source(struct recording *r, const char *source, bool all, struct node *n)
{
	const char *const one[] = {source, NULL};
	struct put p = {.node = n};
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, one, &c);

	if (err)
		return err;
	while (!p.err && (err = recording_next(c, &f)) == 1) {
		if (f.head.type != FRAME_SAMPLE)
			continue;
		p.at_ns = n->offset_ns + events_since(f.head.before_ns, 0);
		n->first_ns = n->first_ns < 0 || p.at_ns < n->first_ns ? p.at_ns : n->first_ns;
		n->last_ns = p.at_ns > n->last_ns ? p.at_ns : n->last_ns;
		if (!strcmp(source, "stat"))
			put_stat(&p, f.payload, f.head.payload_length);
		else if (!strcmp(source, "sysinfo"))
			put_sysinfo(&p, f.payload, f.head.payload_length);
		else
			put_lines(&p, source, f.payload, f.head.payload_length, all);
	}
	recording_cursor_free(c);
	return p.err ? p.err : err;
}

/* Series of one name side by side, names in the order in which they first appeared. */
static int by_place(const void *a, const void *b)
{
	const struct node_series *x = *(struct node_series *const *)a, *y = *(struct node_series *const *)b;

	return x->first != y->first ? (x->first > y->first) - (x->first < y->first)
				    : (x->order > y->order) - (x->order < y->order);
}

static void group(struct node *n)
{
	struct node_series **s = n->series;

	for (size_t i = 0; i < n->count; i++)
		s[i]->first = i;
	if (n->count)
		qsort(s, n->count, sizeof(*s), by_name);
	for (size_t i = 1; i < n->count; i++)
		if (!strcmp(s[i]->name, s[i - 1]->name))
			s[i]->first = s[i - 1]->first;
	if (n->count)
		qsort(s, n->count, sizeof(*s), by_place);
}

int node_read(struct recording *r, bool all, struct node *out)
{
	static const char *const sources[] = {"stat",         "sysinfo",         "meminfo",     "vmstat",
					      "pressure_cpu", "pressure_memory", "pressure_io", "diskstats",
					      "softirqs",     "interrupts",      "schedstat"};
	struct node n;
	int err = node_clock(r, &n);

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources) && !err; i++)
		err = read_source(r, sources[i], all, &n);
	group(&n);
	if (!err && !n.count)
		err = -ENODATA;
	if (n.unnamed)
		say("%s: %zu samples of lines of /proc/vmstat whose names are none in Prometheus are left out",
		    recording_path(r), n.unnamed);
	if (err == -E2BIG)
		say("%s: more than %d series or %d samples; --csv and --json take any number", recording_path(r),
		    SERIES_MAX, POINTS_MAX);
	if (err)
		node_free(&n);
	else
		*out = n;
	return err;
}

static void forget(void *series)
{
	(void)series; /* the list has it, too */
}

void node_free(struct node *n)
{
	tdestroy(n->known, forget);
	for (size_t i = 0; i < n->count; i++)
		series_free(n->series[i]);
	free(n->series);
	*n = (struct node){0};
}

const struct node_series *node_next(const struct node *n, const char *name, size_t *i)
{
	while (*i < n->count)
		if (!strcmp(n->series[(*i)++]->name, name))
			return n->series[*i - 1];
	return NULL;
}
