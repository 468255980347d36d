// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/stat: shares of CPU time, the counters they are computed from, and the machine-wide counters. */
#include "collect/analyse/events.h"
#include "collect/metrics/family.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct metric_family metrics_stat;

/* In the order of the exports. */
static const struct {
	const char *name, *line, *unit;
	bool grows, unlisted;
} counters[] = {
	{"procs.running", "procs_running", "tasks", false, false},
	{"procs.blocked", "procs_blocked", "tasks", false, false},
	{"stat.ctxt", "ctxt", "", true, false},
	{"stat.intr", "intr", "", true, false},
	{"stat.processes", "processes", "", true, false},
	{"stat.btime", "btime", "s", false, true},
};

#define COUNTERS (sizeof(counters) / sizeof(*counters))

/* The machine's lines of this interval, which its ten shares have in common. */
static const struct cpu_line *whole_lines(const struct reading *x, const struct frame *f)
{
	struct reading_whole *w = x->whole;

	if (!w || !x->text.at)
		return NULL;
	if (w->sample != x->sample)
		w->found = cpu_whole(x->text.at, x->text.length, f->payload, f->head.payload_length, w->line);
	w->sample = x->sample;
	return w->found ? w->line : NULL;
}

static bool derive_share(struct reading *x, const struct figure *g, const struct frame *f, double *value)
{
	const struct cpu_line each[2] = {x->before, *g->line}, *line = g->line->cpu < 0 ? whole_lines(x, f) : each;
	struct cpu_share share;
	bool got = x->have_before && line && cpu_share(&line[0], &line[1], &share) && (unsigned)g->mode < share.fields;

	if (got)
		*value = share.percent[g->mode];
	x->before = *g->line;
	x->have_before = true;
	return got;
}

static bool derive_gap(struct reading *x, const struct figure *g, const struct frame *f, double *value)
{
	bool have = x->have_before;

	(void)g;
	*value = (double)events_since(f->head.before_ns, x->before_ns);
	x->have_before = true;
	return have;
}

static bool is_mode(const char *s, size_t n)
{
	for (int m = 0; m < CPU_MODES; m++)
		if (piece_is((struct piece){s, n}, cpu_mode_names[m]))
			return true;
	return false;
}

/* "cpu.idle", "cpu3.idle" */
static bool resolve_share(const char *name, struct reading *x)
{
	char *rest = (char *)name + 3;

	*x = (struct reading){.source = "stat", .unit = "%", .derive = derive_share, .interval = true};
	if (strncmp(name, "cpu", 3) || (isdigit((unsigned char)name[3]) && strtol(name + 3, &rest, 10) > 1 << 20))
		return false;
	return *rest == '.' && is_mode(rest + 1, strlen(rest + 1));
}

/* "jiffies.user", "jiffies.total", "jiffies.user.cpu3" */
static bool resolve_jiffies(const char *name, struct reading *x)
{
	size_t n = name_without_cpu(name);

	*x = (struct reading){.source = "stat", .unit = "", .grows = true, .per_cpu = name[n] != '\0'};
	return !strncmp(name, "jiffies.", 8) && (is_mode(name + 8, n - 8) || !strcmp(name + 8, "total"));
}

static bool resolve(const char *name, struct reading *x)
{
	for (size_t i = 0; i < COUNTERS; i++)
		if (!strcmp(name, counters[i].name)) {
			*x = (struct reading){.source = "stat", .unit = counters[i].unit, .grows = counters[i].grows};
			return true;
		}
	if (!strcmp(name, "gap")) {
		*x = (struct reading){.source = "stat", .unit = "ns", .derive = derive_gap, .interval = true};
		return true;
	}
	return resolve_jiffies(name, x) || resolve_share(name, x);
}

/* Emits a CPU's line, or the machine's: each mode as a share and as the counter itself. */
static void line_figures(struct figures *to, const struct cpu_line *l)
{
	char label[16] = "cpu.";
	double sum = 0;

	if (l->cpu >= 0)
		snprintf(label, sizeof(label), "cpu%d.", l->cpu);
	for (unsigned m = 0; m < l->fields && !to->enough; m++) {
		struct figure share = {.prefix = label, .suffix = cpu_mode_names[m], .line = l, .mode = m};

		to->take(to, &share);
	}
	for (unsigned m = 0; m < l->fields && !to->enough && (l->cpu < 0 || to->per_cpu); m++) {
		struct figure g = {.prefix = "jiffies.", .word = piece_of(cpu_mode_names[m]), .suffix = ""};

		g.value = (double)l->jiffies[m];
		g.unlisted = true;
		g.per_cpu = l->cpu >= 0;
		g.cpu = l->cpu;
		sum += m < CPU_guest ? g.value : 0; /* the eight modes that add up to the time */
		to->take(to, &g);
	}
	if (l->cpu < 0)
		to->take(to, &(struct figure){.prefix = "jiffies.total", .suffix = "", .value = sum, .unlisted = true});
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	const char *text = f->payload, *end = text + f->head.payload_length;

	(void)source;
	to->take(to, &(struct figure){.prefix = "gap", .suffix = "", .unlisted = true});
	for (struct cpu_line l; !to->enough && cpu_each(&text, end, &l);)
		line_figures(to, &l);
	for (size_t i = 0; i < COUNTERS && !to->enough; i++) {
		struct figure g = {.prefix = counters[i].name, .suffix = "", .unlisted = counters[i].unlisted};
		uint64_t v;

		if (!cpu_counter(f->payload, f->head.payload_length, counters[i].line, &v))
			continue;
		g.value = (double)v;
		to->take(to, &g);
	}
}

static const char *const sources[] = {"stat", NULL};
const struct metric_family metrics_stat = {sources, resolve, figures, .compares = true};
