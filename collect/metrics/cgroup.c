// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generators' control groups, as collect/sample/sources/cgroup.c puts their files one after another:
 *
 *	# fuka.memory.84/memory.events
 *	oom_kill 1
 *	# fuka.memory.84/memory.pressure
 *	some avg10=0.00 avg60=0.00 avg300=0.00 total=1304
 */
#include "collect/metrics/family.h"

#include <stdio.h>
#include <string.h>

extern const struct metric_family metrics_cgroup;

static const struct {
	const char *name, *file, *line,
		*word; /* what comes before the number: the line's first word, and one within it */
	const char *unit;
} fields[] = {
	{"cpu.usage_usec", "cpu.stat", "usage_usec", "", "us"},
	{"cpu.user_usec", "cpu.stat", "user_usec", "", "us"},
	{"cpu.system_usec", "cpu.stat", "system_usec", "", "us"},
	{"cpu.nr_periods", "cpu.stat", "nr_periods", "", ""},
	{"cpu.nr_throttled", "cpu.stat", "nr_throttled", "", ""},
	{"cpu.throttled_usec", "cpu.stat", "throttled_usec", "", "us"},
	{"memory.low", "memory.events", "low", "", ""},
	{"memory.high", "memory.events", "high", "", ""},
	{"memory.max", "memory.events", "max", "", ""},
	{"memory.oom", "memory.events", "oom", "", ""},
	{"memory.oom_kill", "memory.events", "oom_kill", "", ""},
	{"memory.oom_group_kill", "memory.events", "oom_group_kill", "", ""},
	{"pressure.cpu.some", "cpu.pressure", "some", "total=", "us"},
	{"pressure.cpu.full", "cpu.pressure", "full", "total=", "us"},
	{"pressure.memory.some", "memory.pressure", "some", "total=", "us"},
	{"pressure.memory.full", "memory.pressure", "full", "total=", "us"},
	{"pressure.io.some", "io.pressure", "some", "total=", "us"},
	{"pressure.io.full", "io.pressure", "full", "total=", "us"},
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

/* "# GROUP/FILE": false where the line is none. */
static bool read_head(const struct lines *l, const char **group, size_t *n, const char **file)
{
	const char *slash = l->end - l->at > 2 && !memcmp(l->at, "# ", 2) ? memrchr(l->at, '/', l->end - l->at) : NULL;

	if (!slash)
		return false;
	*group = l->at + 2;
	*n = slash - *group;
	*file = slash + 1;
	return true;
}

/* A group's file is one block, "GROUP/FILE". */
static bool line_key(const struct lines *l, char key[READING_KEY])
{
	const char *group, *file;
	size_t n;

	if (!read_head(l, &group, &n, &file) || l->end - group >= READING_KEY)
		return false;
	memcpy(key, group, l->end - group);
	key[l->end - group] = '\0';
	return true;
}

static bool is(const char *at, const char *end, const char *word)
{
	return (size_t)(end - at) == strlen(word) && !memcmp(at, word, end - at);
}

/* The number of a line whose first word is the field's. */
static bool line_number(const struct lines *l, int field, double *value)
{
	const char *blank = memchr(l->at, ' ', l->end - l->at), *word = fields[field].word;

	if (!blank || !is(l->at, blank, fields[field].line))
		return false;
	const char *p = *word ? memmem(blank, l->end - blank, word, strlen(word)) : blank;

	p = p ? p + strlen(word) : l->end;
	return lines_number(&p, l->end, value);
}

static int value_group(struct reading *x, const struct frame *f, double *value)
{
	const char *group, *file;
	bool here = false;
	size_t n;

	for (struct lines l = lines_of(f); lines_next(&l);) {
		if (read_head(&l, &group, &n, &file))
			here = is(group, group + n, x->field) && is(file, l.end, fields[x->mode].file);
		else if (here && line_number(&l, x->mode, value))
			return 1;
	}
	return 0;
}

/* "cgroup.fuka.memory.84.memory.oom_kill": the group is all before the field's name. */
static bool resolve(const char *name, struct reading *x)
{
	size_t prefix = strlen("cgroup."), n = strlen(name);

	if (strncmp(name, "cgroup.", prefix) || strpbrk(name, " \n/"))
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		size_t length = strlen(fields[i].name);

		if (n < prefix + 2 + length || name[n - length - 1] != '.' || strcmp(name + n - length, fields[i].name))
			continue;
		*x = (struct reading){.source = "cgroup", .unit = fields[i].unit, .value = value_group, .grows = true};
		x->mode = (int)i;
		n -= prefix + 1 + length;
		if (n >= sizeof(x->field))
			return false;
		memcpy(x->field, name + prefix, n);
		snprintf(x->key, sizeof(x->key), "%s/%s", x->field, fields[i].file);
		return true;
	}
	return false;
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	const char *group = NULL, *file = NULL;
	const char *file_end = NULL;
	double v;
	size_t n = 0;

	(void)source;
	(void)all;
	for (struct lines l = lines_of(f); lines_next(&l);) {
		if (read_head(&l, &group, &n, &file)) {
			file_end = l.end;
			continue;
		}
		for (size_t i = 0; file && i < FIELDS; i++)
			if (is(file, file_end, fields[i].file) && line_number(&l, (int)i, &v))
				names_add(t, "cgroup.%.*s.%s", (int)n, group, fields[i].name);
	}
}

static const char *const sources[] = {"cgroup", NULL};
const struct metric_family metrics_cgroup = {sources, resolve, names, line_key};
