// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's three load averages, exact: sysinfo(2) returns avenrun << 5, and avenrun has 11 fractional bits. */
#include "collect/metrics/family.h"

#include <string.h>
#include <sys/sysinfo.h>

extern const struct metric_family metrics_sysinfo;

static const char *const averages[] = {"load1", "load5", "load15"};

static bool resolve(const char *name, struct reading *x)
{
	*x = (struct reading){.source = "sysinfo", .unit = ""};
	return !strcmp(name, averages[0]) || !strcmp(name, averages[1]) || !strcmp(name, averages[2]);
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct sysinfo info;

	(void)source;
	if (f->head.payload_length < offsetof(struct sysinfo, totalram))
		return;
	memcpy(&info, f->payload, offsetof(struct sysinfo, totalram));
	for (int i = 0; i < 3; i++)
		figure(to, averages[i], piece_of(""), "", (double)(info.loads[i] >> 5) / 2048);
}

static const char *const sources[] = {"sysinfo", NULL};
const struct metric_family metrics_sysinfo = {sources, resolve, figures};
