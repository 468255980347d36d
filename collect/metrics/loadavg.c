// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/loadavg, "0.00 0.01 0.05 1/71 1234": the total number of tasks. */
#include "collect/metrics/family.h"

#include <string.h>

extern const struct metric_family metrics_loadavg;

#define TASKS_MAX (1 << 26)

static bool resolve(const char *name, struct reading *x)
{
	*x = (struct reading){.source = "loadavg", .unit = "tasks"};
	return !strcmp(name, "procs.total");
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	const char *end = f->payload + f->head.payload_length;
	const char *slash = f->head.payload_length ? memchr(f->payload, '/', f->head.payload_length) : NULL;
	const char *p = slash ? slash + 1 : end;
	uint64_t tasks;

	(void)source;
	if (lines_number(&p, end, &tasks) && p < end && tasks < TASKS_MAX)
		figure(to, "procs.total", piece_of(""), "", (double)tasks);
}

static const char *const sources[] = {"loadavg", NULL};
const struct metric_family metrics_loadavg = {sources, resolve, figures};
