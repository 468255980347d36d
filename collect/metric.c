// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each family of metrics is one function from a sample's bytes to a value; metric_series() walks the family's source
 *and asks it at every sample. The inputs, beside what is documented in collect/cpu.c:
 *
 *	/proc/meminfo		MemAvailable:     209716 kB
 *	/proc/pressure/io	some avg10=0.00 avg60=0.12 avg300=0.05 total=123456
 *	/proc/vmstat		oom_kill 3
 *	/proc/loadavg		0.00 0.01 0.05 1/71 1234
 *
 * A meminfo line's name is its own in lower case, words apart: MemFree mem.free, SwapTotal mem.swap_total,
 * Committed_AS mem.committed_as, Active(anon) mem.active_anon.
 */
#include "collect/metric.h"
#include "collect/cpu.h"
#include "collect/events.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	"gap                                   ns between one fast sample and the one before it\n";

/* What a name means, and the state that a walk over its samples carries. */
struct reading {
	const char *source, *unit;
	/* 1 and *value, or 0: this sample has no such figure. */
	int (*value)(struct reading *x, const struct frame *f, double *value);
	int index;      /* of a load average, or a CPU's number */
	int mode;       /* enum cpu_mode */
	char field[64]; /* a line's or a field's name */
	char line[8];   /* pressure: "some" or "full" */
	bool interval;  /* the point covers the time since the sample before */
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

static int value_counter(struct reading *x, const struct frame *f, double *value)
{
	uint64_t v;

	if (!cpu_counter(f->payload, f->head.payload_length, x->field, &v))
		return 0;
	*value = (double)v;
	return 1;
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
	} else if (!strncmp(name, "vmstat.", 7) && is_word(name + 7)) {
		*x = (struct reading){.source = "vmstat", .unit = "", .value = value_counter};
		strcpy(x->field, name + 7);
	} else {
		return false;
	}
	return true;
}

static bool resolve(const char *name, struct reading *x)
{
	return strlen(name) < sizeof(((struct series *)0)->name) &&
	       (name_load(name, x) || name_cpu(name, x) || name_pressure(name, x) || name_rest(name, x));
}

bool metric_known(const char *name)
{
	struct reading x;

	return resolve(name, &x);
}

/* --- the series --- */

static int point_add(struct series *s, size_t *room, const struct point *p)
{
	if (s->count == *room) {
		size_t more = *room ? *room * 2 : 256;
		struct point *grown = reallocarray(s->point, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		s->point = grown;
		*room = more;
	}
	s->point[s->count++] = *p;
	return 0;
}

static int walk(struct recording *r, struct reading *x, struct series *s)
{
	const char *const sources[] = {x->source, NULL};
	uint64_t t0_ns = events_zero(r);
	struct recording_cursor *c;
	struct frame f;
	size_t room = 0;
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	while (!err && (err = recording_next(c, &f)) == 1) {
		struct point p = {.at_ns = events_since(f.head.before_ns, t0_ns)};

		p.from_ns = x->interval ? events_since(x->before_ns, t0_ns) : p.at_ns;
		err = f.head.type == FRAME_SAMPLE && x->value(x, &f, &p.value) ? point_add(s, &room, &p) : 0;
		x->before_ns = f.head.before_ns;
	}
	recording_cursor_free(c);
	return err;
}

int metric_series(struct recording *r, const char *name, struct series *out)
{
	struct series s = {0};
	struct reading x;

	if (!resolve(name, &x))
		return -ENOENT;
	int err = walk(r, &x, &s);
	if (!err && !s.count)
		err = -ENODATA;
	if (err) {
		free(s.point);
		return err;
	}
	strcpy(s.name, name);
	s.unit = x.unit;
	*out = s;
	return 0;
}

void series_free(struct series *s)
{
	free(s->point);
	*s = (struct series){0};
}
