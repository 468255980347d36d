// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/vmstat: lines keep their names. */
#include "collect/parse/flat.h"
#include "collect/metrics/family.h"

#include <string.h>

extern const struct metric_family metrics_vmstat;

static bool resolve(const char *name, struct reading *x)
{
	*x = (struct reading){.source = "vmstat", .unit = "", .grows = true};
	return !strncmp(name, "vmstat.", 7) && name_is_word(name + 7, strlen(name + 7));
}

/* Whether node_exporter exposes the line by default: oom_kill, pgpg*, pswp*, pg*fault. */
static bool usual(struct piece name)
{
	const char *p = name.at;
	size_t n = name.length;

	return (n >= 8 && !memcmp(p, "oom_kill", 8)) || (n >= 4 && (!memcmp(p, "pgpg", 4) || !memcmp(p, "pswp", 4))) ||
	       (n >= 7 && !memcmp(p, "pg", 2) && !memcmp(p + n - 5, "fault", 5));
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct lines l = figures_lines(f);
	struct flat_line v;

	(void)source;
	while (!to->enough && flat_next(&l, &v))
		if (to->all || usual(v.name))
			figure(to, "vmstat.", v.name, "", (double)v.value);
}

static const char *const sources[] = {"vmstat", NULL};
const struct metric_family metrics_vmstat = {sources, resolve, figures};
