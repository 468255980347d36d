// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/interrupts, if recorded, per CPU. ERR and MIS, which have no text after them, count for the whole machine, not
 * for CPU 0: they are omitted, as in node_exporter.
 */
#include "collect/parse/cpu_table.h"
#include "collect/metrics/family.h"

#include <string.h>

extern const struct metric_family metrics_interrupts;

static bool resolve(const char *name, struct reading *x)
{
	size_t n = name_without_cpu(name);

	*x = (struct reading){.source = "interrupts", .unit = "", .grows = true, .per_cpu = true};
	return !strncmp(name, "interrupt.", 10) && n > 10 && name[n] && !strpbrk(name, " \n");
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct cpu_table_line l;
	struct cpu_table t;

	(void)source;
	if (!to->per_cpu || !cpu_table_begin(&t, f->payload, f->head.payload_length))
		return;
	while (!to->enough && cpu_table_next(&t, &l)) {
		struct figure g = {.prefix = "interrupt.", .word = l.name, .suffix = "", .per_cpu = true};

		g.info = l.info;
		g.devices = l.devices;
		for (unsigned i = 0; i < t.cpus && l.info.length; i++) {
			g.cpu = t.cpu[i];
			g.value = (double)l.count[i];
			to->take(to, &g);
		}
	}
}

static const char *const sources[] = {"interrupts", NULL};
const struct metric_family metrics_interrupts = {sources, resolve, figures};
