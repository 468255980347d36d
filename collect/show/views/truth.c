// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where /proc/stat cannot know. Without IRQ_TIME_ACCOUNTING user, system and softirq time is a sample that each tick
 * takes, idle time is measured; so the columns need not add up to the time that passed, and a task that is never
 * running when the tick comes has used no time at all. The scheduler knows better: /proc/schedstat has the ns that
 * tasks ran (record it with sources: [+schedstat]; without it that column is "-").
 *
 *	accounted	all eight columns, percent of the time × CPUs
 *	tick		user + nice + system, which is what the tick saw tasks do
 *	ran		what the scheduler says that tasks ran
 */
#include "collect/show/views/columns.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define USER_HZ 100

enum {
	TOTAL,
	USER,
	NICE,
	SYSTEM,
	IDLE,
	SOFTIRQ,
	RAN,
	FIGURES
};

static const char *const metrics[FIGURES] = {"jiffies.total", "jiffies.user",    "jiffies.nice", "jiffies.system",
					     "jiffies.idle",  "jiffies.softirq", "sched.run"};

static const struct column growth = {.how = COLUMN_RATE};

static int count_cpus(struct recording *r)
{
	struct series s;
	char name[32];
	int cpus = 0;

	for (;; cpus++) {
		snprintf(name, sizeof(name), "cpu%d.idle", cpus);
		if (metric_series(r, name, &s))
			return cpus ? cpus : 1;
		series_free(&s);
	}
}

/* What is not right with a row, in words; "" when it all fits within `slack` percent. */
static void judge(char *buf, size_t size, double accounted, double tick, double ran, double softirq, double slack)
{
	size_t n = 0;

	*buf = '\0';
	bool unseen = !isnan(ran) && ran > tick + slack;

	if (accounted < 100 - slack)
		n += snprintf(buf, size, "%.0f %% of the time is in no column%s", 100 - accounted,
			      unseen ? "" : " (hardirq time, or interrupts off)");
	else if (accounted > 100 + slack && softirq > slack)
		n += snprintf(buf, size, "%.0f %% too much: softirq time that is idle time as well", accounted - 100);
	else if (accounted > 100 + slack)
		n += snprintf(buf, size, "%.0f %% too much", accounted - 100);
	if (unseen)
		snprintf(buf + n, size - n, "%stasks ran %.0f %% that the tick never saw", n ? "; " : "", ran - tick);
	else if (!isnan(ran) && tick > ran + slack)
		snprintf(buf + n, size - n, "%sthe tick charged %.0f %% to tasks that did not run", n ? "; " : "",
			 tick - ran);
}

static void print_row(FILE *out, const struct series *s, int64_t from, int64_t to, int cpus)
{
	double v[FIGURES], unit = 100.0 / USER_HZ / cpus;
	char words[200];

	for (int f = 0; f < FIGURES; f++)
		v[f] = columns_figure(&s[f], &growth, from, to);
	double accounted = v[TOTAL] * unit, tick = (v[USER] + v[NICE] + v[SYSTEM]) * unit, ran = v[RAN] / 1e7 / cpus;
	double slack = 3 + 300.0 / USER_HZ / ((double)(to - from) / 1e9); /* a tick, in three columns */

	rows_cell(out, 11, 2, accounted);
	rows_cell(out, 9, 2, tick);
	rows_cell(out, 9, 2, ran);
	rows_cell(out, 9, 2, v[IDLE] * unit);
	rows_cell(out, 9, 2, v[SOFTIRQ] * unit);
	judge(words, sizeof(words), accounted, tick, ran, v[SOFTIRQ] * unit, slack);
	fprintf(out, "%s%s\n", *words ? "  " : "", words);
}

static int print_one(FILE *out, struct recording *r, const struct view_options *o)
{
	struct series s[FIGURES];
	struct rows rows;
	char time[32];
	int err = rows_make(&r, 1, o->all, 20, &rows);

	if (err)
		return err;
	err = metric_many(r, metrics, FIGURES, s);
	if (err) {
		rows_free(&rows);
		return err;
	}
	int cpus = count_cpus(r);
	if (!s[RAN].count)
		fputs("sched.run is not in this recording, so %ran is not known: record it with sources: [+schedstat] "
		      "in a scenario's record:,\nor fuka collect --sources +schedstat, where the kernel has "
		      "/proc/schedstat\n",
		      out);
	fprintf(out, "%9s%11s%9s%9s%9s%9s\n", "time", "%accounted", "%tick", "%ran", "%idle", "%soft");
	for (size_t k = 0; k < rows.count; k++) {
		if (rows.at[k] <= 0)
			continue;
		fprintf(out, "%9s", rows_time(time, sizeof(time), rows.at[k], rows.step_ns));
		print_row(out, s, rows_from(&rows, k), rows.at[k], cpus);
	}
	for (int f = 0; f < FIGURES; f++)
		series_free(&s[f]);
	rows_free(&rows);
	return 0;
}

int view_truth(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return rows_each(out, r, n, o, print_one);
}
