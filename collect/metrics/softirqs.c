// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/softirqs: per CPU and the sum. */
#include "collect/parse/cpu_table.h"
#include "collect/metrics/family.h"

#include <ctype.h>
#include <string.h>

extern const struct metric_family metrics_softirqs;

static bool resolve(const char *name, struct reading *x)
{
	size_t n = name_without_cpu(name);

	*x = (struct reading){.source = "softirqs", .unit = "", .grows = true, .per_cpu = name[n] != '\0'};
	return !strncmp(name, "softirq.", 8) && name_is_word(name + 8, n - 8);
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct cpu_table_line l;
	struct cpu_table t;
	char name[METRIC_NAME];

	(void)source;
	if (!cpu_table_begin(&t, f->payload, f->head.payload_length))
		return;
	while (!to->enough && cpu_table_next(&t, &l)) {
		struct figure g = {.prefix = "softirq.", .word = {name, 0}, .suffix = "", .kernels = l.name};

		for (size_t i = 0; i < l.name.length && i < sizeof(name); i++)
			name[g.word.length++] = (char)tolower((unsigned char)l.name.at[i]);
		for (unsigned i = 0; i < t.cpus; i++)
			g.value += (double)l.count[i];
		to->take(to, &g);
		g.per_cpu = true;
		for (unsigned i = 0; i < t.cpus && to->per_cpu; i++) {
			g.cpu = t.cpu[i];
			g.value = (double)l.count[i];
			to->take(to, &g);
		}
	}
}

static const char *const sources[] = {"softirqs", NULL};
const struct metric_family metrics_softirqs = {sources, resolve, figures};
