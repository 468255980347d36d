// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/pressure/io: microseconds in `total`, percent in the averages.
 *
 *	some avg10=0.00 avg60=0.12 avg300=0.05 total=123456
 */
#include "collect/metrics/family.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct metric_family metrics_pressure;

static const char *const sources[] = {"pressure_cpu", "pressure_memory", "pressure_io", NULL};
static const char *const fields[] = {"avg10", "avg60", "avg300", "total"};

static int value_pressure(struct reading *x, const struct frame *f, double *value)
{
	size_t want = strlen(x->line), field = strlen(x->field);

	for (struct lines l = lines_of(f); lines_next(&l);) {
		char line[128], *at, *rest;
		size_t n = l.end - l.at;

		if (n >= sizeof(line) || n < want || memcmp(l.at, x->line, want))
			continue;
		memcpy(line, l.at, n);
		line[n] = '\0';
		at = strstr(line, x->field);
		if (!at || at == line || at[-1] != ' ' || at[field] != '=' || !isdigit((unsigned char)at[field + 1]))
			return 0;
		*value = strtod(at + field + 1, &rest);
		return *rest == ' ' || *rest == '\0';
	}
	return 0;
}

static bool resolve(const char *name, struct reading *x)
{
	static const char *const lines[] = {"some", "full"};
	char whole[64];

	for (int i = 0; i < 3 * 2 * 4; i++) {
		const char *source = sources[i / 8], *line = lines[i / 4 % 2], *field = fields[i % 4];
		bool total = i % 4 == 3;

		snprintf(whole, sizeof(whole), "pressure.%s.%s.%s", source + strlen("pressure_"), line, field);
		if (strcmp(name, whole))
			continue;
		*x = (struct reading){
			.source = source, .unit = total ? "us" : "%", .value = value_pressure, .grows = total};
		strcpy(x->line, line);
		strcpy(x->field, field);
		return true;
	}
	return false;
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	(void)all;
	for (struct lines l = lines_of(f); lines_next(&l);) {
		int n = (int)(l.end - l.at < 4 ? l.end - l.at : 4);

		for (int i = 0; i < 4; i++)
			names_add(t, "pressure.%s.%.*s.%s", source + strlen("pressure_"), n, l.at, fields[i]);
	}
}

const struct metric_family metrics_pressure = {sources, resolve, names, NULL};
