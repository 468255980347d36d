// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The output of mpstat and sar in the guest, beside this recording's figures for the same time. A figure outside the
 * range that the samples allow is marked; if sysstat counts it differently on purpose, the reason is given.
 */
#include "collect/analyse/sysstat.h"
#include "collect/analyse/events.h"
#include "collect/show/views/rows.h"

#include <errno.h>
#include <string.h>

static void print_run(FILE *out, const char *id, const struct sysstat *s)
{
	char at[32];

	fprintf(out, "%s: %s: %zu of %zu figures agree; read at", id, s->command, s->agreeing, s->count);
	for (int i = 0; i < s->reads; i++)
		fprintf(out, "%s %s, between samples %.1f ms apart", i ? ", and at" : "",
			rows_time(at, sizeof(at), s->read[i].at_ns, 1000000), s->read[i].apart_ns / 1e6);
	fputc('\n', out);
	fprintf(out, "%9s%10s%10s%10s%20s\n", "CPU", "column", "sysstat", "fuka", "allowed");
	for (size_t i = 0; i < s->count; i++) {
		const struct sysstat_figure *f = &s->figure[i];
		char allowed[32];

		snprintf(allowed, sizeof(allowed), "%.2f to %.2f", f->low < 0 ? 0 : f->low, f->high);
		fprintf(out, "%9s%10s%10.2f%10.2f%20s%s%s%s\n", f->cpu, f->column, f->theirs, f->ours, allowed,
			f->agrees ? "" : "  DIFFERS", f->why ? "  " : "", f->why ? f->why : "");
	}
}

#define RUNS_MAX 64 /* each needs a pass over the recording */

static int print_one(FILE *out, struct recording *r, const struct view_options *o)
{
	struct events t;
	int shown = 0, err = events_read(r, &t);

	(void)o;
	for (size_t i = 0; !err && i < t.count; i++) {
		char name[160], why[160];
		struct sysstat s;

		if (strcmp(t.event[i].event, "start") || !events_get(&t.event[i], "name", name, sizeof(name)) ||
		    !sysstat_is(name) || shown++ >= RUNS_MAX)
			continue;
		if (sysstat_compare(r, t.event[i].id, &s, why))
			fprintf(out, "%s: not compared: %s\n", t.event[i].id, why);
		else
			print_run(out, t.event[i].id, &s);
		sysstat_free(&s);
	}
	if (shown > RUNS_MAX)
		fprintf(out, "and %d more, which are not compared\n", shown - RUNS_MAX);
	if (!err)
		events_free(&t);
	return err ? err : shown ? 0 : -ENODATA;
}

int view_sysstat(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return rows_each(out, r, n, o, print_one);
}
