// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's three averages, exact: sysinfo(2) gives avenrun << 5, avenrun has 11 bits behind the point. */
#include "collect/metrics/family.h"

#include <string.h>
#include <sys/sysinfo.h>

extern const struct metric_family metrics_sysinfo;

static const char *const averages[] = {"load1", "load5", "load15"};

static int value_load(struct reading *x, const struct frame *f, double *value)
{
	struct sysinfo info;

	if (f->head.payload_length < offsetof(struct sysinfo, totalram))
		return 0;
	memcpy(&info, f->payload, offsetof(struct sysinfo, totalram));
	*value = (double)(info.loads[x->index] >> 5) / 2048;
	return 1;
}

static bool resolve(const char *name, struct reading *x)
{
	for (int i = 0; i < 3; i++)
		if (!strcmp(name, averages[i])) {
			*x = (struct reading){.source = "sysinfo", .unit = "", .value = value_load, .index = i};
			return true;
		}
	return false;
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	(void)source;
	(void)f;
	(void)all;
	for (int i = 0; i < 3; i++)
		names_add(t, "%s", averages[i]);
}

static const char *const sources[] = {"sysinfo", NULL};
const struct metric_family metrics_sysinfo = {sources, resolve, names, NULL};
