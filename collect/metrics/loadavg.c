// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/loadavg, "0.00 0.01 0.05 1/71 1234": the tasks that exist. */
#include "collect/metrics/family.h"

#include <ctype.h>
#include <string.h>

extern const struct metric_family metrics_loadavg;

static int value_tasks(struct reading *x, const struct frame *f, double *value)
{
	const char *slash = memchr(f->payload, '/', f->head.payload_length);
	const char *end = f->payload + f->head.payload_length;
	unsigned long n = 0;

	(void)x;
	if (!slash || slash + 1 == end || !isdigit((unsigned char)slash[1]))
		return 0;
	while (++slash < end && isdigit((unsigned char)*slash) && n < 1 << 26)
		n = n * 10 + (*slash - '0');
	if (slash == end || *slash != ' ')
		return 0;
	*value = (double)n;
	return 1;
}

static bool resolve(const char *name, struct reading *x)
{
	*x = (struct reading){.source = "loadavg", .unit = "tasks", .value = value_tasks};
	return !strcmp(name, "procs.total");
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	(void)source;
	(void)f;
	(void)all;
	names_add(t, "procs.total");
}

static const char *const sources[] = {"loadavg", NULL};
const struct metric_family metrics_loadavg = {sources, resolve, names, NULL};
