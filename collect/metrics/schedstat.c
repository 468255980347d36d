// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/schedstat, if recorded: time in ns that tasks ran and waited, per CPU and the sum. */
#include "collect/parse/schedstat.h"
#include "collect/metrics/family.h"

#include <string.h>

extern const struct metric_family metrics_schedstat;

static const struct {
	const char *name, *unit;
} fields[] = {{"run", "ns"}, {"wait", "ns"}, {"slices", ""}};

#define FIELDS (sizeof(fields) / sizeof(*fields))

static bool resolve(const char *name, struct reading *x)
{
	size_t n = name_without_cpu(name);

	for (size_t i = 0; i < FIELDS; i++) {
		*x = (struct reading){.source = "schedstat", .unit = fields[i].unit, .grows = true};
		x->per_cpu = name[n] != '\0';
		if (n == 6 + strlen(fields[i].name) && !strncmp(name, "sched.", 6) &&
		    !strncmp(name + 6, fields[i].name, n - 6))
			return true;
	}
	return false;
}

/* Emits the sums only if the lines of all CPUs are whole. */
static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct lines l = figures_lines(f);
	double sum[FIELDS] = {0};
	struct schedstat_line s;
	int got, cpus = 0;

	(void)source;
	for (; !to->enough && (got = schedstat_next(&l, &s)) == 1; cpus++) {
		const double values[FIELDS] = {(double)s.run_ns, (double)s.wait_ns, (double)s.slices};

		for (size_t i = 0; i < FIELDS; i++) {
			struct figure g = {.prefix = "sched.", .suffix = fields[i].name, .per_cpu = true};

			g.cpu = s.cpu;
			g.value = values[i];
			if (to->per_cpu)
				to->take(to, &g);
			sum[i] += values[i];
		}
	}
	for (size_t i = 0; i < FIELDS && cpus && !to->enough && !got; i++) {
		struct figure g = {.prefix = "sched.", .suffix = fields[i].name, .value = sum[i]};

		g.unlisted = i > 1;
		to->take(to, &g);
	}
}

static const char *const sources[] = {"schedstat", NULL};
const struct metric_family metrics_schedstat = {sources, resolve, figures};
