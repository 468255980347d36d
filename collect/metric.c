// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each family of metrics is one function from a sample's bytes to a value; metric_series() walks the family's source
 *and asks it at every sample. The inputs, beside what is documented in collect/cpu.c:
 *
 *	/proc/meminfo		MemAvailable:     209716 kB
 *	/proc/pressure/io	some avg10=0.00 avg60=0.12 avg300=0.05 total=123456
 *	/proc/vmstat		oom_kill 3
 *	/proc/loadavg		0.00 0.01 0.05 1/71 1234
 *	/proc/softirqs		      NET_RX:         12         40
 *	/proc/diskstats		 253       0 vda 1402 311 101890 640 97 51 1240 55 0 580 697
 *
 * A meminfo line's name is its own in lower case, words apart: MemFree mem.free, SwapTotal mem.swap_total,
 * Committed_AS mem.committed_as, Active(anon) mem.active_anon.
 */
#include "collect/metric.h"
#include "collect/cpu.h"
#include "collect/events.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/sysinfo.h>

const char metric_help[] =
	"load1 load5 load15                    the kernel's averages, exact (sysinfo)\n"
	"cpu.user .nice .system .idle .iowait .irq .softirq .steal .guest .guest_nice\n"
	"                                      percent of all CPU time (/proc/stat, line cpu); cpu0.user … for one "
	"CPU\n"
	"procs.running procs.blocked           tasks (/proc/stat); procs.total (/proc/loadavg)\n"
	"mem.total mem.free mem.available …    bytes (/proc/meminfo: MemFree is mem.free, SwapTotal mem.swap_total)\n"
	"pressure.cpu|memory|io.some|full.avg10|avg60|avg300|total\n"
	"                                      percent, total in microseconds (/proc/pressure)\n"
	"vmstat.NAME                           a line of /proc/vmstat, cumulative\n"
	"stat.ctxt .intr .processes            context switches, interrupts, forks, cumulative (/proc/stat)\n"
	"jiffies.user … .total                 1/100 s, cumulative, as they stand (/proc/stat, line cpu)\n"
	"sched.run .wait                       ns that tasks ran and waited, cumulative (/proc/schedstat, when "
	"recorded)\n"
	"softirq.NAME                          all CPUs, cumulative (/proc/softirqs: softirq.net_rx)\n"
	"disk.DEVICE.reads|read_merges|read_sectors|read_ms|writes|write_merges|write_sectors|write_ms|in_flight|busy_"
	"ms|"
	"queue_ms|discards|discard_merges|discard_sectors|discard_ms\n"
	"                                      cumulative, in_flight as it is (/proc/diskstats)\n"
	"rate.METRIC                           a cumulative metric's growth a second (rate.stat.ctxt)\n"
	"gap                                   ns between one fast sample and the one before it\n";

#define HINT_BACK 128 /* how far a line may have moved towards the beginning of its file */

/* What a name means, and the state that a walk over its samples carries. */
struct reading {
	const char *source, *unit;
	/* 1 and *value, or 0: this sample has no such figure. */
	int (*value)(struct reading *x, const struct frame *f, double *value);
	int index;      /* of a load average, or a CPU's number */
	int mode;       /* enum cpu_mode */
	char field[64]; /* a line's or a field's name */
	char line[8];   /* pressure: "some" or "full" */
	size_t hint;    /* where the line was in the sample before */
	bool rate;      /* growth a second since the sample before */
	double last;    /* rate: that sample's value */
	bool have_last;
	bool interval; /* the point covers the time since the sample before */
	bool have_before;
	struct cpu_line before;
	uint64_t before_ns; /* time of the sample that `before` is from */
};

/* --- one sample to one value --- */

static int value_load(struct reading *x, const struct frame *f, double *value)
{
	struct sysinfo info;

	if (f->head.payload_length < offsetof(struct sysinfo, totalram))
		return 0;
	memcpy(&info, f->payload, offsetof(struct sysinfo, totalram));
	*value = (double)(info.loads[x->index] >> 5) / 2048;
	return 1;
}

static int value_cpu(struct reading *x, const struct frame *f, double *value)
{
	struct cpu_line now;
	struct cpu_share share;
	int got = 0;

	if (!cpu_parse(f->payload, f->head.payload_length, x->index, &now)) {
		x->have_before = false; /* gone: what it says when it comes back is not an interval */
		return 0;
	}
	if (x->have_before && cpu_share(&x->before, &now, &share) && (unsigned)x->mode < share.fields) {
		*value = share.percent[x->mode];
		got = 1;
	}
	x->before = now;
	x->have_before = true;
	return got;
}

/* The line "field N" of a text, searched for first where it was last time: lines move little. */
static int value_counter(struct reading *x, const struct frame *f, double *value)
{
	const char *text = f->payload, *end = text + f->head.payload_length, *from = text;
	size_t length = strlen(x->field);
	uint64_t v;

	if (x->hint > HINT_BACK && x->hint < f->head.payload_length) {
		from = memchr(text + x->hint - HINT_BACK, '\n', end - text - x->hint + HINT_BACK);
		from = from ? from + 1 : text;
	}
	for (const char *p = from, *eol; p < end && p < from + 4 * HINT_BACK; p = eol + 1) {
		eol = memchr(p, '\n', end - p);
		if (!eol)
			break;
		if ((size_t)(eol - p) > length && !memcmp(p, x->field, length) && p[length] == ' ') {
			x->hint = p - text;
			from = p;
			break;
		}
	}
	if (!cpu_counter(from, end - from, x->field, &v) && !cpu_counter(text, end - text, x->field, &v))
		return 0;
	*value = (double)v;
	return 1;
}

/* The next number of a line; false at its end. */
static bool next_number(const char **p, const char *eol, double *v)
{
	while (*p < eol && **p == ' ')
		(*p)++;
	if (*p == eol || !isdigit((unsigned char)**p))
		return false;
	for (*v = 0; *p < eol && isdigit((unsigned char)**p); (*p)++)
		*v = *v * 10 + (**p - '0');
	return *p == eol || **p == ' ';
}

/* "      NET_RX:         12         40": the sum over the CPUs. */
static int value_softirq(struct reading *x, const struct frame *f, double *value)
{
	const char *p = f->payload, *end = p + f->head.payload_length, *eol;
	size_t length = strlen(x->field);

	for (; p < end; p = eol + 1) {
		double v, sum = 0;

		eol = memchr(p, '\n', end - p);
		if (!eol)
			return 0;
		while (p < eol && *p == ' ')
			p++;
		if ((size_t)(eol - p) <= length || strncasecmp(p, x->field, length) || p[length] != ':')
			continue;
		p += length + 1;
		while (next_number(&p, eol, &v))
			sum += v;
		*value = sum;
		return p == eol;
	}
	return 0;
}

/* " 253 0 vda 1402 311 …": the field numbered `mode` of the device `field`. */
static int value_disk(struct reading *x, const struct frame *f, double *value)
{
	const char *p = f->payload, *end = p + f->head.payload_length, *eol;
	size_t length = strlen(x->field);

	for (; p < end; p = eol + 1) {
		double v = 0;

		eol = memchr(p, '\n', end - p);
		if (!eol)
			return 0;
		if (!next_number(&p, eol, &v) || !next_number(&p, eol, &v) || (size_t)(eol - p) < length + 2 ||
		    memcmp(p + 1, x->field, length) || p[1 + length] != ' ')
			continue;
		p += 1 + length;
		for (int i = 0; i <= x->mode; i++)
			if (!next_number(&p, eol, &v))
				return 0;
		*value = v;
		return 1;
	}
	return 0;
}

/* "0.00 0.01 0.05 1/71 1234": the tasks that exist. */
static int value_tasks(struct reading *x, const struct frame *f, double *value)
{
	const char *slash = memchr(f->payload, '/', f->head.payload_length);
	const char *end = f->payload + f->head.payload_length;
	unsigned long n = 0;

	(void)x;
	if (!slash || slash + 1 == end || !isdigit((unsigned char)slash[1]))
		return 0;
	while (++slash < end && isdigit((unsigned char)*slash) && n < 1 << 26)
		n = n * 10 + (*slash - '0');
	if (slash == end || *slash != ' ')
		return 0;
	*value = (double)n;
	return 1;
}

/* "Active(anon)" -> "active_anon"; returns its length, 0 when it does not fit. */
static size_t memory_name(const char *name, size_t n, char *out, size_t size)
{
	size_t at = 0;

	if (n > 3 && !memcmp(name, "Mem", 3)) {
		name += 3;
		n -= 3;
	}
	for (size_t i = 0; i < n; i++) {
		bool apart = i > 0 && ((isupper((unsigned char)name[i]) && islower((unsigned char)name[i - 1])) ||
				       name[i] == '(');

		if (at + 2 >= size)
			return 0;
		if (apart && at && out[at - 1] != '_')
			out[at++] = '_';
		if (name[i] != '(' && name[i] != ')')
			out[at++] = (char)tolower((unsigned char)name[i]);
	}
	out[at] = '\0';
	return at;
}

/* "MemFree:   12 kB" or "HugePages_Total:   0": the number after the colon, in bytes where it has a unit. */
static bool memory_value(const char *p, const char *eol, double *value)
{
	char text[32], *rest;
	size_t n;

	while (p < eol && *p == ' ')
		p++;
	n = eol - p;
	if (!n || n >= sizeof(text) || !isdigit((unsigned char)*p))
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	errno = 0;
	unsigned long long v = strtoull(text, &rest, 10);
	if (errno || (*rest && strcmp(rest, " kB")))
		return false;
	*value = *rest ? (double)v * 1024 : (double)v;
	return true;
}

static int value_memory(struct reading *x, const struct frame *f, double *value)
{
	const char *p = f->payload, *end = p + f->head.payload_length, *eol;
	char name[64];

	for (; p < end; p = eol + 1) {
		const char *colon;

		eol = memchr(p, '\n', end - p);
		if (!eol)
			return 0;
		colon = memchr(p, ':', eol - p);
		if (colon && memory_name(p, colon - p, name, sizeof(name)) && !strcmp(name, x->field))
			return memory_value(colon + 1, eol, value);
	}
	return 0;
}

static int value_pressure(struct reading *x, const struct frame *f, double *value)
{
	const char *p = f->payload, *end = p + f->head.payload_length, *eol;
	size_t want = strlen(x->line), field = strlen(x->field);

	for (; p < end; p = eol + 1) {
		char line[128], *at, *rest;

		eol = memchr(p, '\n', end - p);
		if (!eol)
			return 0;
		if ((size_t)(eol - p) >= sizeof(line) || (size_t)(eol - p) < want || memcmp(p, x->line, want))
			continue;
		memcpy(line, p, eol - p);
		line[eol - p] = '\0';
		at = strstr(line, x->field);
		if (!at || at == line || at[-1] != ' ' || at[field] != '=' || !isdigit((unsigned char)at[field + 1]))
			return 0;
		*value = strtod(at + field + 1, &rest);
		return *rest == ' ' || *rest == '\0';
	}
	return 0;
}

/* The raw counters of /proc/stat's first line; mode CPU_MODES: the sum of the eight that make up the time. */
static int value_jiffies(struct reading *x, const struct frame *f, double *value)
{
	struct cpu_line l;
	double sum = 0;

	if (!cpu_parse(f->payload, f->head.payload_length, -1, &l) ||
	    (x->mode < CPU_MODES && (unsigned)x->mode >= l.fields))
		return 0;
	for (unsigned m = 0; m < l.fields && m < CPU_guest; m++)
		sum += (double)l.jiffies[m];
	*value = x->mode < CPU_MODES ? (double)l.jiffies[x->mode] : sum;
	return 1;
}

/* "cpu0 0 0 0 0 0 0 52149023 3113459 1203": ns run (mode 6) or waited (7), all CPUs. */
static int value_sched(struct reading *x, const struct frame *f, double *value)
{
	const char *p = f->payload, *end = p + f->head.payload_length, *eol;
	double sum = 0, v = 0;
	int cpus = 0;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', end - p);
		if (!eol)
			return 0;
		if (eol - p < 4 || memcmp(p, "cpu", 3))
			continue;
		p = memchr(p, ' ', eol - p);
		for (int i = 0; p && i <= x->mode; i++)
			if (!next_number(&p, eol, &v))
				return 0;
		sum += v;
		cpus++;
	}
	*value = sum;
	return cpus > 0;
}

static int value_gap(struct reading *x, const struct frame *f, double *value)
{
	bool have = x->have_before;

	*value = (double)events_since(f->head.before_ns, x->before_ns);
	x->have_before = true;
	return have;
}

/* --- from a name to what it means --- */

static bool name_load(const char *name, struct reading *x)
{
	static const char *const names[] = {"load1", "load5", "load15"};

	for (int i = 0; i < 3; i++)
		if (!strcmp(name, names[i])) {
			*x = (struct reading){.source = "sysinfo", .unit = "", .value = value_load, .index = i};
			return true;
		}
	return false;
}

static bool name_cpu(const char *name, struct reading *x)
{
	char *rest;
	long cpu = -1;

	if (strncmp(name, "cpu", 3))
		return false;
	name += 3;
	if (isdigit((unsigned char)*name)) {
		cpu = strtol(name, &rest, 10);
		if (cpu > 1 << 20)
			return false;
		name = rest;
	}
	for (int m = 0; *name == '.' && m < CPU_MODES; m++)
		if (!strcmp(name + 1, cpu_mode_names[m])) {
			*x = (struct reading){.source = "stat", .unit = "%", .value = value_cpu, .index = (int)cpu};
			x->mode = m;
			x->interval = true;
			return true;
		}
	return false;
}

/* Field names are lower-case words, digits and underscores. */
static bool is_word(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' && strlen(s) < 64;
}

static bool name_pressure(const char *name, struct reading *x)
{
	static const char *const sources[] = {"pressure_cpu", "pressure_memory", "pressure_io"};
	static const char *const lines[] = {"some", "full"};
	static const char *const fields[] = {"avg10", "avg60", "avg300", "total"};
	char whole[64];

	for (int i = 0; i < 3 * 2 * 4; i++) {
		const char *source = sources[i / 8], *line = lines[i / 4 % 2], *field = fields[i % 4];

		snprintf(whole, sizeof(whole), "pressure.%s.%s.%s", source + strlen("pressure_"), line, field);
		if (strcmp(name, whole))
			continue;
		*x = (struct reading){.source = source, .unit = i % 4 == 3 ? "us" : "%", .value = value_pressure};
		strcpy(x->line, line);
		strcpy(x->field, field);
		return true;
	}
	return false;
}

static const char *const disk_fields[] = {
	"reads",        "read_merges",   "read_sectors",   "read_ms",         "writes",
	"write_merges", "write_sectors", "write_ms",       "in_flight",       "busy_ms",
	"queue_ms",     "discards",      "discard_merges", "discard_sectors", "discard_ms",
};

#define DISK_FIELDS (sizeof(disk_fields) / sizeof(*disk_fields))

/* "disk.vda.reads": the device is all between the first dot and the last. */
static bool name_disk(const char *name, struct reading *x)
{
	const char *dot = strrchr(name, '.');

	if (strncmp(name, "disk.", 5) || dot <= name + 5 || dot - name - 5 >= 40 || strpbrk(name, " \n"))
		return false;
	for (size_t i = 0; i < DISK_FIELDS; i++) {
		if (strcmp(dot + 1, disk_fields[i]))
			continue;
		*x = (struct reading){.source = "diskstats", .unit = "", .value = value_disk, .mode = (int)i};
		memcpy(x->field, name + 5, dot - name - 5);
		return true;
	}
	return false;
}

static bool name_rest(const char *name, struct reading *x)
{
	if (!strcmp(name, "gap")) {
		*x = (struct reading){.source = "stat", .unit = "ns", .value = value_gap, .interval = true};
	} else if (!strcmp(name, "procs.total")) {
		*x = (struct reading){.source = "loadavg", .unit = "tasks", .value = value_tasks};
	} else if (!strcmp(name, "procs.running") || !strcmp(name, "procs.blocked")) {
		*x = (struct reading){.source = "stat", .unit = "tasks", .value = value_counter};
		snprintf(x->field, sizeof(x->field), "procs_%s", name + 6);
	} else if (!strncmp(name, "mem.", 4) && is_word(name + 4)) {
		*x = (struct reading){.source = "meminfo",
				      .unit = strstr(name, "huge_pages_") ? "pages" : "B",
				      .value = value_memory};
		strcpy(x->field, name + 4);
	} else if (!strcmp(name, "stat.ctxt") || !strcmp(name, "stat.intr") || !strcmp(name, "stat.processes")) {
		*x = (struct reading){.source = "stat", .unit = "", .value = value_counter};
		strcpy(x->field, name + 5);
	} else if (!strncmp(name, "jiffies.", 8)) {
		*x = (struct reading){.source = "stat", .unit = "", .value = value_jiffies};
		while (x->mode < CPU_MODES && strcmp(name + 8, cpu_mode_names[x->mode]))
			x->mode++;
		return x->mode < CPU_MODES || !strcmp(name + 8, "total");
	} else if (!strcmp(name, "sched.run") || !strcmp(name, "sched.wait")) {
		*x = (struct reading){.source = "schedstat", .unit = "ns", .value = value_sched};
		x->mode = strcmp(name, "sched.run") ? 7 : 6;
	} else if (!strncmp(name, "softirq.", 8) && is_word(name + 8)) {
		*x = (struct reading){.source = "softirqs", .unit = "", .value = value_softirq};
		strcpy(x->field, name + 8);
	} else if (!strncmp(name, "vmstat.", 7) && is_word(name + 7)) {
		*x = (struct reading){.source = "vmstat", .unit = "", .value = value_counter};
		strcpy(x->field, name + 7);
	} else {
		return false;
	}
	return true;
}

/* "rate.stat.ctxt": of what only grows, by how much a second. */
static bool name_rate(const char *name, struct reading *x)
{
	static const char *const families[] = {"stat.", "softirq.", "vmstat.", "disk.", "sched.", "jiffies."};
	bool grows = false;

	if (strncmp(name, "rate.", 5))
		return false;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		grows |= !strncmp(name + 5, families[i], strlen(families[i]));
	if (!grows || !(name_disk(name + 5, x) || name_rest(name + 5, x)))
		return false;
	x->unit = "/s";
	x->rate = x->interval = true;
	return true;
}

static bool resolve(const char *name, struct reading *x)
{
	return strlen(name) < sizeof(((struct series *)0)->name) &&
	       (name_load(name, x) || name_cpu(name, x) || name_pressure(name, x) || name_disk(name, x) ||
		name_rest(name, x) || name_rate(name, x));
}

bool metric_known(const char *name)
{
	struct reading x;

	return resolve(name, &x);
}

/* --- the series --- */

/* A series as it grows, with the state of its reading. */
struct growing {
	struct reading x;
	struct series s;
	size_t room;
	bool done;
};

static int point_add(struct growing *g, const struct point *p)
{
	if (g->s.count == g->room) {
		size_t more = g->room ? g->room * 2 : 256;
		struct point *grown = reallocarray(g->s.point, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		g->s.point = grown;
		g->room = more;
	}
	g->s.point[g->s.count++] = *p;
	return 0;
}

/* From a cumulative value to its growth a second; 0 where there is nothing to compare with. */
static int growth(struct reading *x, const struct frame *f, double *value)
{
	double now = *value, s = (double)(int64_t)(f->head.before_ns - x->before_ns) / 1e9;
	int got = x->have_last && s > 0;

	*value = got ? (now - x->last) / s : 0;
	x->last = now;
	x->have_last = true;
	return got;
}

static int take(struct growing *g, const struct frame *f, uint64_t t0_ns)
{
	struct reading *x = &g->x;
	struct point p = {.at_ns = events_since(f->head.before_ns, t0_ns)};

	p.from_ns = x->interval ? events_since(x->before_ns, t0_ns) : p.at_ns;
	int got = x->value(x, f, &p.value);

	if (got && x->rate)
		got = growth(x, f, &p.value);
	int err = got ? point_add(g, &p) : 0;
	x->before_ns = f->head.before_ns;
	return err;
}

/* One walk over one source for all series that want it. */
static int walk(struct recording *r, const char *source, struct growing *g, size_t n, uint64_t t0_ns)
{
	const char *const sources[] = {source, NULL};
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	while (!err && (err = recording_next(c, &f)) == 1) {
		err = 0;
		for (size_t i = 0; i < n && !err && f.head.type == FRAME_SAMPLE; i++)
			if (!g[i].done && !strcmp(g[i].x.source, source))
				err = take(&g[i], &f, t0_ns);
	}
	recording_cursor_free(c);
	for (size_t i = 0; i < n; i++)
		g[i].done |= !strcmp(g[i].x.source, source);
	return err;
}

int metric_many(struct recording *r, const char *const *names, size_t n, struct series *out)
{
	struct growing *g = calloc(n + 1, sizeof(*g));
	int err = g ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++) {
		err = resolve(names[i], &g[i].x) ? 0 : -ENOENT;
		if (!err) {
			strcpy(g[i].s.name, names[i]);
			g[i].s.unit = g[i].x.unit;
		}
	}
	uint64_t t0_ns = err ? 0 : events_zero(r);
	for (size_t i = 0; i < n && !err; i++)
		if (!g[i].done)
			err = walk(r, g[i].x.source, g, n, t0_ns);
	for (size_t i = 0; g && i < n; i++) {
		if (err)
			free(g[i].s.point);
		else
			out[i] = g[i].s;
	}
	free(g);
	return err;
}

int metric_series(struct recording *r, const char *name, struct series *out)
{
	struct series s;
	int err = metric_many(r, &name, 1, &s);

	if (err)
		return err;
	if (!s.count) {
		series_free(&s);
		return -ENODATA;
	}
	*out = s;
	return 0;
}

void series_free(struct series *s)
{
	free(s->point);
	*s = (struct series){0};
}

/* --- the names there are --- */

struct names {
	char **name;
	size_t count;
	int err;
};

__attribute__((format(printf, 2, 3))) static void name_add(struct names *t, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = t->count; i-- > 0;) /* backwards: it is most often the same list once more */
		if (!strcmp(t->name[i], text))
			return;
	if (!metric_known(text))
		return;
	char **grown = reallocarray(t->name, t->count + 2, sizeof(*grown)), *copy = strdup(text);

	if (grown)
		t->name = grown;
	if (!grown || !copy) {
		free(copy);
		t->err = -ENOMEM;
		return;
	}
	t->name[t->count++] = copy;
	t->name[t->count] = NULL;
}

static void names_cpu(struct names *t, const struct frame *f)
{
	int cpu = -1;

	do {
		struct cpu_line l;
		char label[16] = "cpu";

		if (cpu >= 0)
			snprintf(label, sizeof(label), "cpu%d", cpu);
		if (!cpu_parse(f->payload, f->head.payload_length, cpu, &l))
			continue;
		for (unsigned m = 0; m < l.fields; m++)
			name_add(t, "%s.%s", label, cpu_mode_names[m]);
	} while ((cpu = cpu_next(f->payload, f->head.payload_length, cpu)) >= 0);
	name_add(t, "procs.running");
	name_add(t, "procs.blocked");
	name_add(t, "stat.ctxt");
	name_add(t, "stat.intr");
	name_add(t, "stat.processes");
}

/* node_exporter's own choice: oom_kill, pgpg*, pswp*, pg*fault. */
static bool vmstat_wanted(const char *name)
{
	size_t n = strlen(name);

	return !strncmp(name, "oom_kill", 8) || !strncmp(name, "pgpg", 4) || !strncmp(name, "pswp", 4) ||
	       (!strncmp(name, "pg", 2) && n >= 5 && !strcmp(name + n - 5, "fault"));
}

/* The fields after the device's name: an old kernel has no discards. */
static size_t disk_fields_of(const char *line)
{
	size_t words = 0;

	for (line += strspn(line, " "); *line && *line != '\n'; line += strspn(line, " ")) {
		words++;
		line += strcspn(line, " \n");
	}
	return words < 3 ? 0 : words - 3 < DISK_FIELDS ? words - 3 : DISK_FIELDS;
}

/* Names of one line of a source's text. */
static void names_line(struct names *t, const char *source, const char *line, bool all)
{
	char word[64], device[40];
	size_t n = strcspn(line, ":");

	if (!strcmp(source, "meminfo") && line[n] && memory_name(line, n, word, sizeof(word)))
		name_add(t, "mem.%s", word);
	else if (!strcmp(source, "vmstat") && sscanf(line, "%63s", word) == 1 && (all || vmstat_wanted(word)))
		name_add(t, "vmstat.%s", word);
	else if (!strcmp(source, "softirqs") && sscanf(line, " %39[A-Z_]:", word) == 1 && line[n]) {
		for (char *p = word; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		name_add(t, "softirq.%s", word);
	} else if (!strcmp(source, "diskstats") && sscanf(line, " %*u %*u %39s", device) == 1) {
		for (size_t i = 0; i < disk_fields_of(line); i++)
			name_add(t, "disk.%s.%s", device, disk_fields[i]);
	} else if (!strncmp(source, "pressure_", 9) && sscanf(line, "%7s", word) == 1) {
		name_add(t, "pressure.%s.%s.avg10", source + 9, word);
		name_add(t, "pressure.%s.%s.avg60", source + 9, word);
		name_add(t, "pressure.%s.%s.avg300", source + 9, word);
		name_add(t, "pressure.%s.%s.total", source + 9, word);
	}
}

static void names_frame(struct names *t, const char *source, const struct frame *f, bool all)
{
	const char *p = f->payload, *end = p + f->head.payload_length, *eol;

	if (!strcmp(source, "stat"))
		names_cpu(t, f);
	else if (!strcmp(source, "loadavg"))
		name_add(t, "procs.total");
	for (int i = 1; i <= 15 && !strcmp(source, "sysinfo"); i = i == 1 ? 5 : i + 10)
		name_add(t, "load%d", i);
	for (; p < end; p = eol + 1) {
		char line[256];

		eol = memchr(p, '\n', end - p);
		if (!eol || !strcmp(source, "stat") || !strcmp(source, "sysinfo"))
			break;
		if ((size_t)(eol - p) >= sizeof(line))
			continue;
		memcpy(line, p, eol - p);
		line[eol - p] = '\0';
		names_line(t, source, line, all);
	}
}

int metric_names(struct recording *r, bool all, char ***names, size_t *n)
{
	static const char *const sources[] = {"sysinfo",         "stat",        "loadavg", "meminfo",  "pressure_cpu",
					      "pressure_memory", "pressure_io", "vmstat",  "softirqs", "diskstats"};
	struct names t = {.name = calloc(1, sizeof(*t.name))};

	t.err = t.name ? 0 : -ENOMEM;
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources) && !t.err; i++) {
		const char *const one[] = {sources[i], NULL};
		struct recording_cursor *c;
		struct frame f;
		uint32_t shape = 0;

		t.err = recording_cursor(r, one, &c);
		if (t.err)
			break;
		/* A source's names change when its length does by more than digits growing: looked at each time it
		 * jumps. */
		while (!t.err && recording_next(c, &f) == 1) {
			if (f.head.type != FRAME_SAMPLE || f.head.payload_length / 64 == shape)
				continue;
			shape = f.head.payload_length / 64;
			names_frame(&t, sources[i], &f, all);
		}
		recording_cursor_free(c);
	}
	if (t.err) {
		metric_names_free(t.name);
		return t.err;
	}
	*names = t.name;
	*n = t.count;
	return 0;
}

void metric_names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}
