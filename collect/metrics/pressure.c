// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/pressure/: microseconds in `total`, percent in the averages. */
#include "collect/parse/pressure.h"
#include "collect/metrics/family.h"

#include <stdio.h>
#include <string.h>

extern const struct metric_family metrics_pressure;

static const char *const sources[] = {"pressure_cpu", "pressure_memory", "pressure_io", NULL};

static const char *const suffixes[2][4] = {
	{".some.avg10", ".some.avg60", ".some.avg300", ".some.total"},
	{".full.avg10", ".full.avg60", ".full.avg300", ".full.total"},
};

static const char *what(const char *source)
{
	return source + strlen("pressure_");
}

static bool resolve(const char *name, struct reading *x)
{
	char whole[METRIC_NAME];

	for (int i = 0; i < 3 * 2 * 4; i++) {
		const char *source = sources[i / 8];
		bool total = i % 4 == 3;

		snprintf(whole, sizeof(whole), "pressure.%s%s", what(source), suffixes[i / 4 % 2][i % 4]);
		if (strcmp(name, whole))
			continue;
		*x = (struct reading){.source = source, .unit = total ? "us" : "%", .grows = total};
		return true;
	}
	return false;
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct lines l = figures_lines(f);
	struct pressure_line p;

	while (!to->enough && pressure_next(&l, &p)) {
		const double values[] = {p.avg10, p.avg60, p.avg300, (double)p.total_us};

		for (int i = 0; i < 4; i++)
			figure(to, "pressure.", piece_of(what(source)), suffixes[p.full][i], values[i]);
	}
}

const struct metric_family metrics_pressure = {sources, resolve, figures};
