// SPDX-License-Identifier: GPL-2.0-or-later
/* The run queue and the load averages, as printed by sar -q: a gauge must be between the samples beside the reading. */
#include "collect/analyse/sysstat_compare.h"
#include "collect/parse/cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A gauge in one sample: from /proc/loadavg "0.37 0.08 0.03 2/81 97", or from /proc/stat. */
static double gauge_of(const char *title, const struct sysstat_sample *s)
{
	double average[3];
	long runnable, total;
	uint64_t blocked;

	if (!strcmp(title, "blocked"))
		return cpu_counter(s->text, s->n, "procs_blocked", &blocked) ? (double)blocked : NAN;
	if (sscanf(s->text, "%lf %lf %lf %ld/%ld", &average[0], &average[1], &average[2], &runnable, &total) != 5)
		return NAN;
	return !strcmp(title, "runq-sz")    ? (double)runnable
	       : !strcmp(title, "plist-sz") ? (double)total
	       : !strcmp(title, "ldavg-1")  ? average[0]
	       : !strcmp(title, "ldavg-5")  ? average[1]
	       : !strcmp(title, "ldavg-15") ? average[2]
					    : NAN;
}

static const char itself[] =
	"sadc does not count itself in the run queue; fuka's figure includes the sampler, which runs when it reads";
static const char between[] =
	"a task came or went between the two samples: allowed is the value of nr_running() for sadc, less sadc itself";

/*
 * A gauge must be between the samples beside the reading. But the number of running tasks may change in less time: then
 * the value that the kernel returned to that reading counts.
 */
static void compare_gauge(const struct sysstat_table *t, int column, const struct trace_read *reading,
			  const struct sysstat_bracket *b, struct sysstat *out)
{
	const char *title = t->title[column];
	bool leaves_itself_out = !strcmp(title, "runq-sz");
	double before = gauge_of(title, b->before), after = gauge_of(title, b->after);
	double low = fmin(before, after) - leaves_itself_out, high = fmax(before, after) - leaves_itself_out;
	struct sysstat_figure *f = sysstat_add_figure(out, t, 0, column);

	f->ours = before;
	f->why = leaves_itself_out ? itself : NULL;
	if (leaves_itself_out && (f->theirs < low || f->theirs > high) && reading->running > 0) {
		low = high = reading->running - 1;
		f->why = between;
	}
	sysstat_settle_figure(out, f, low, high);
}

/* Compares all columns from one file, by the last reading of it. */
static bool compare_gauges_of(struct recording *r, const char *file, const struct sysstat_table *t,
			      const struct sysstat_run *run, struct sysstat *out, char why[160])
{
	struct trace_reads readings = {0};
	struct sysstat_samples s = {0};
	struct sysstat_bracket b;
	bool ok = false;

	if (!sysstat_read(r, file, run, &readings, &s, why))
		ok = false;
	else if (!readings.count)
		snprintf(why, 160, "the kernel's trace has no reading of /proc/%s by it", file);
	else if (!sysstat_bracket(&s, &readings.at[readings.count - 1], &b))
		snprintf(why, 160, "the recording has no sample of %s before, or none after, its reading", file);
	else
		ok = true;
	for (int c = 0; ok && c < t->columns; c++)
		if (!strcmp(t->title[c], "blocked") == !strcmp(file, "stat"))
			compare_gauge(t, c, &readings.at[readings.count - 1], &b, out);
	if (ok && !out->reads)
		sysstat_note_reading(out, &readings.at[readings.count - 1], &b);
	trace_reads_free(&readings);
	sysstat_samples_free(&s);
	return ok;
}

bool sysstat_compare_gauges(struct recording *r, const struct sysstat_table *t, const struct sysstat_run *run,
			    struct sysstat *out, char why[160])
{
	out->figure = calloc(t->columns, sizeof(*out->figure));
	if (!out->figure) {
		snprintf(why, 160, "no memory");
		return false;
	}
	return compare_gauges_of(r, "loadavg", t, run, out, why) && compare_gauges_of(r, "stat", t, run, out, why);
}
