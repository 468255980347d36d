// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenMetrics 1.0 text with timestamps, as `promtool tsdb create-blocks-from openmetrics` and Grafana's importers read
 * it:
 *
 *	# TYPE node_cpu_seconds counter
 *	# HELP node_cpu_seconds Seconds the CPUs spent in each mode.
 *	node_cpu_seconds_total{cpu="0",mode="user",job="node",instance="load-cpu"} 1.07 1767225612.345
 *	# EOF
 *
 * The text lists one family after another, and one series after another within a family. A counter's family name has no
 * _total, but its samples have.
 */
#include "collect/show/exports/export.h"
#include "collect/show/exports/labels.h"
#include "collect/show/exports/node.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ll

/* The family's name: a counter's without its _total. */
static int family(const struct node_series *s)
{
	size_t n = strlen(s->name);

	return (int)(!strcmp(s->row->type, "counter") && n > 6 && !strcmp(s->name + n - 6, "_total") ? n - 6 : n);
}

static void write_series(FILE *out, const struct node_series *s, const char *target)
{
	for (size_t i = 0; i < s->count; i++) {
		int64_t at = s->point[i].at_ns;

		fprintf(out, "%s{%s%s%s} %.15g %lld.%06lld\n", s->name, s->labels, *s->labels ? "," : "", target,
			s->point[i].value, (long long)(at / SECOND), (long long)(at % SECOND / 1000));
	}
}

int export_openmetrics(FILE *out, struct recording *r, const struct export_options *o)
{
	char target[4096] = "";
	const char *last = "";
	struct node n;
	int err = node_read(r, o->all, &n);

	if (err)
		return err;
	labels_add(target, sizeof(target), "job", o->job);
	labels_add(target, sizeof(target), "instance", o->instance ? o->instance : recording_title(r));
	for (size_t i = 0; i < n.count; i++) {
		const struct node_series *s = n.series[i];

		if (strcmp(last, s->name)) {
			fprintf(out, "# TYPE %.*s %s\n", family(s), s->name, s->row->type);
			fprintf(out, "# HELP %.*s %s\n", family(s), s->name, s->row->help);
		}
		last = s->name;
		write_series(out, s, target);
	}
	fputs("# EOF\n", out);
	node_free(&n);
	return 0;
}
