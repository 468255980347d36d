// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/diskstats: a disk's figures, named by their position in its line. */
#include "collect/parse/diskstats.h"
#include "collect/metrics/family.h"

#include <stdio.h>
#include <string.h>

extern const struct metric_family metrics_diskstats;

#define DEVICE_MAX 40

/* Resolves "disk.vda.reads": the device is everything between the first and the last dot. */
static bool resolve(const char *name, struct reading *x)
{
	const char *dot = strrchr(name, '.');

	if (strncmp(name, "disk.", 5) || dot <= name + 5 || dot - name - 5 >= DEVICE_MAX || strpbrk(name, " \n"))
		return false;
	*x = (struct reading){.source = "diskstats", .unit = "", .grows = strcmp(dot, ".in_flight") != 0};
	for (int i = 0; i < DISKSTATS_FIELDS; i++)
		if (!strcmp(dot + 1, diskstats_names[i]))
			return true;
	return false;
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct lines l = figures_lines(f);
	struct diskstats_line d;
	char suffix[32];

	(void)source;
	while (!to->enough && diskstats_next(&l, &d))
		for (unsigned i = 0; i < d.fields; i++) {
			/* The kernel prints it as 32 bits: -1, of a driver that ended a request twice, is 4294967295. */
			if (i == DISKSTATS_IN_FLIGHT && d.field[i] > INT32_MAX)
				continue;
			snprintf(suffix, sizeof(suffix), ".%s", diskstats_names[i]);
			figure(to, "disk.", d.device, suffix, (double)d.field[i]);
		}
}

static const char *const sources[] = {"diskstats", NULL};
const struct metric_family metrics_diskstats = {sources, resolve, figures};
