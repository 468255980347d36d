// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generators' control groups. collect/sample/sources/cgroup.c concatenates their files:
 *
 *	# fuka.memory.84/memory.events
 *	oom_kill 1
 *	# fuka.memory.84/memory.pressure
 *	some avg10=0.00 avg60=0.00 avg300=0.00 total=1304
 */
#include "collect/parse/flat.h"
#include "collect/parse/pressure.h"
#include "collect/metrics/family.h"

#include <stdio.h>
#include <string.h>

extern const struct metric_family metrics_cgroup;

/* The suffix of a name, its file, and the first word of its line; of a line of pressure, the total counts. */
static const struct {
	const char *suffix, *file, *line, *unit;
} fields[] = {
	{".cpu.usage_usec", "cpu.stat", "usage_usec", "us"},
	{".cpu.user_usec", "cpu.stat", "user_usec", "us"},
	{".cpu.system_usec", "cpu.stat", "system_usec", "us"},
	{".cpu.nr_periods", "cpu.stat", "nr_periods", ""},
	{".cpu.nr_throttled", "cpu.stat", "nr_throttled", ""},
	{".cpu.throttled_usec", "cpu.stat", "throttled_usec", "us"},
	{".memory.low", "memory.events", "low", ""},
	{".memory.high", "memory.events", "high", ""},
	{".memory.max", "memory.events", "max", ""},
	{".memory.oom", "memory.events", "oom", ""},
	{".memory.oom_kill", "memory.events", "oom_kill", ""},
	{".memory.oom_group_kill", "memory.events", "oom_group_kill", ""},
	{".pressure.cpu.some", "cpu.pressure", "some", "us"},
	{".pressure.cpu.full", "cpu.pressure", "full", "us"},
	{".pressure.memory.some", "memory.pressure", "some", "us"},
	{".pressure.memory.full", "memory.pressure", "full", "us"},
	{".pressure.io.some", "io.pressure", "some", "us"},
	{".pressure.io.full", "io.pressure", "full", "us"},
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

/* Resolves "cgroup.fuka.memory.84.memory.oom_kill": everything before the field's name is the group. */
static bool resolve(const char *name, struct reading *x)
{
	size_t prefix = strlen("cgroup."), n = strlen(name);

	if (strncmp(name, "cgroup.", prefix) || strpbrk(name, " \n/"))
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		size_t length = strlen(fields[i].suffix);

		*x = (struct reading){.source = "cgroup", .unit = fields[i].unit, .grows = true};
		if (n > prefix + length && !strcmp(name + n - length, fields[i].suffix))
			return true;
	}
	return false;
}

/* "# GROUP/FILE" */
static bool read_head(const struct lines *l, struct piece *group, struct piece *file)
{
	const char *slash = l->end - l->at > 2 && !memcmp(l->at, "# ", 2) ? memrchr(l->at, '/', l->end - l->at) : NULL;

	if (!slash)
		return false;
	*group = (struct piece){l->at + 2, slash - l->at - 2};
	*file = (struct piece){slash + 1, l->end - slash - 1};
	return true;
}

/* Reads a line of either form as a name and a number. */
static bool read_line(const struct lines *l, struct flat_line *out)
{
	struct pressure_line p;

	if (!pressure_line(l->at, l->end, &p))
		return flat_line(l->at, l->end, out);
	*out = (struct flat_line){piece_of(p.full ? "full" : "some"), p.total_us};
	return true;
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct piece group = {0}, file = {0};
	struct lines l = figures_lines(f);
	struct flat_line v;

	(void)source;
	while (!to->enough && lines_next(&l)) {
		if (read_head(&l, &group, &file) || !file.length || !read_line(&l, &v))
			continue;
		for (size_t i = 0; i < FIELDS; i++)
			if (piece_is(file, fields[i].file) && piece_is(v.name, fields[i].line))
				figure(to, "cgroup.", group, fields[i].suffix, (double)v.value);
	}
}

static const char *const sources[] = {"cgroup", NULL};
const struct metric_family metrics_cgroup = {sources, resolve, figures};
