// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/swaps, if recorded. */
#include "collect/parse/swaps.h"
#include "collect/metrics/family.h"

#include <stdio.h>
#include <string.h>

extern const struct metric_family metrics_swaps;

#define FILE_MAX 48

/* Resolves "swap./dev/vda.used": the file is everything between the first and the last dot. */
static bool resolve(const char *name, struct reading *x)
{
	const char *dot = strrchr(name, '.');

	*x = (struct reading){.source = "swaps", .unit = "B"};
	return !strncmp(name, "swap./", 6) && dot - name >= 6 && dot - name - 5 < FILE_MAX && !strpbrk(name, " \n") &&
	       (!strcmp(dot, ".size") || !strcmp(dot, ".used"));
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct lines l = figures_lines(f);
	struct swaps_line s;

	(void)source;
	while (!to->enough && swaps_next(&l, &s)) {
		figure(to, "swap.", s.file, ".size", (double)s.size_kib * 1024);
		figure(to, "swap.", s.file, ".used", (double)s.used_kib * 1024);
	}
}

static const char *const sources[] = {"swaps", NULL};
const struct metric_family metrics_swaps = {sources, resolve, figures};
