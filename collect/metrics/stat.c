// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/stat (its cpu lines: collect/parse/cpu.c):
 *
 *	cpu  2 0 17 4 0 0 0 0 0 0
 *	cpu0 2 0 17 4 0 0 0 0 0 0
 *	intr 3401 0 …
 *	ctxt 1203
 *	processes 64
 *	procs_running 1
 *	procs_blocked 0
 */
#include "collect/analyse/events.h"
#include "collect/metrics/family.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct metric_family metrics_stat;

static int value_share(struct reading *x, const struct frame *f, double *value)
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

/* The raw counters of the first line; mode CPU_MODES: the sum of the eight that make up the time. */
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

static int value_gap(struct reading *x, const struct frame *f, double *value)
{
	bool have = x->have_before;

	*value = (double)events_since(f->head.before_ns, x->before_ns);
	x->have_before = true;
	return have;
}

/* "cpu.idle", "cpu3.idle" */
static bool resolve_share(const char *name, struct reading *x)
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
			*x = (struct reading){.source = "stat", .unit = "%", .value = value_share, .index = (int)cpu};
			x->mode = m;
			x->interval = true;
			snprintf(x->key, sizeof(x->key), cpu < 0 ? "cpu" : "cpu%ld", cpu);
			return true;
		}
	return false;
}

static bool resolve(const char *name, struct reading *x)
{
	if (!strcmp(name, "gap")) {
		*x = (struct reading){.source = "stat", .unit = "ns", .value = value_gap, .interval = true};
	} else if (!strcmp(name, "procs.running") || !strcmp(name, "procs.blocked")) {
		*x = (struct reading){.source = "stat", .unit = "tasks", .value = lines_counter};
		snprintf(x->field, sizeof(x->field), "procs_%s", name + strlen("procs."));
	} else if (!strcmp(name, "stat.ctxt") || !strcmp(name, "stat.intr") || !strcmp(name, "stat.processes")) {
		*x = (struct reading){.source = "stat", .unit = "", .value = lines_counter, .grows = true};
		strcpy(x->field, name + strlen("stat."));
	} else if (!strncmp(name, "jiffies.", 8)) {
		*x = (struct reading){
			.source = "stat", .unit = "", .value = value_jiffies, .grows = true, .key = "cpu"};
		while (x->mode < CPU_MODES && strcmp(name + 8, cpu_mode_names[x->mode]))
			x->mode++;
		return x->mode < CPU_MODES || !strcmp(name + 8, "total");
	} else {
		return resolve_share(name, x);
	}
	return true;
}

/* jiffies.… are the shares once more, and gap says nothing of the machine: they are there to be asked for. */
static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	const char *text = f->payload, *end = text + f->head.payload_length;

	(void)source;
	(void)all;
	for (struct cpu_line l; cpu_each(&text, end, &l);) {
		char label[16] = "cpu";

		if (l.cpu >= 0)
			snprintf(label, sizeof(label), "cpu%d", l.cpu);
		for (unsigned m = 0; m < l.fields; m++)
			names_add(t, "%s.%s", label, cpu_mode_names[m]);
	}
	names_add(t, "procs.running");
	names_add(t, "procs.blocked");
	names_add(t, "stat.ctxt");
	names_add(t, "stat.intr");
	names_add(t, "stat.processes");
}

static const char *const sources[] = {"stat", NULL};
const struct metric_family metrics_stat = {sources, resolve, names, lines_key};
