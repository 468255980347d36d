// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/schedstat, "cpu0 0 0 0 0 0 0 52149023 3113459 1203": ns that tasks ran (7th) and waited (8th), all CPUs. */
#include "collect/metrics/family.h"

#include <string.h>

extern const struct metric_family metrics_schedstat;

enum {
	RUN = 6,
	WAIT = 7
};

static int value_sched(struct reading *x, const struct frame *f, double *value)
{
	double sum = 0, v = 0;
	int cpus = 0;

	for (struct lines l = lines_of(f); lines_next(&l);) {
		if (l.end - l.at < 4 || memcmp(l.at, "cpu", 3))
			continue;
		const char *p = memchr(l.at, ' ', l.end - l.at);

		for (int i = 0; p && i <= x->mode; i++)
			if (!lines_number(&p, l.end, &v))
				return 0;
		sum += v;
		cpus++;
	}
	*value = sum;
	return cpus > 0;
}

static bool resolve(const char *name, struct reading *x)
{
	*x = (struct reading){.source = "schedstat", .unit = "ns", .value = value_sched, .grows = true};
	x->mode = strcmp(name, "sched.run") ? WAIT : RUN;
	return !strcmp(name, "sched.run") || !strcmp(name, "sched.wait");
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	(void)source;
	(void)f;
	(void)all;
	names_add(t, "sched.run");
	names_add(t, "sched.wait");
}

static const char *const sources[] = {"schedstat", NULL};
const struct metric_family metrics_schedstat = {sources, resolve, names, NULL};
