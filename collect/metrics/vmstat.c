// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/vmstat, "oom_kill 3". */
#include "collect/metrics/family.h"

#include <stdio.h>
#include <string.h>

extern const struct metric_family metrics_vmstat;

static bool resolve(const char *name, struct reading *x)
{
	if (strncmp(name, "vmstat.", 7) || !lines_is_word(name + 7))
		return false;
	*x = (struct reading){.source = "vmstat", .unit = "", .value = lines_counter, .grows = true};
	strcpy(x->field, name + 7);
	return true;
}

/* node_exporter's own choice: oom_kill, pgpg*, pswp*, pg*fault. */
static bool usual(const char *name, size_t n)
{
	return (n >= 8 && !strncmp(name, "oom_kill", 8)) ||
	       (n >= 4 && (!strncmp(name, "pgpg", 4) || !strncmp(name, "pswp", 4))) ||
	       (n >= 7 && !strncmp(name, "pg", 2) && !strncmp(name + n - 5, "fault", 5));
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	(void)source;
	for (struct lines l = lines_of(f); lines_next(&l);) {
		const char *blank = memchr(l.at, ' ', l.end - l.at);

		if (blank && (all || usual(l.at, blank - l.at)))
			names_add(t, "vmstat.%.*s", (int)(blank - l.at), l.at);
	}
}

static const char *const sources[] = {"vmstat", NULL};
const struct metric_family metrics_vmstat = {sources, resolve, names, lines_key};
