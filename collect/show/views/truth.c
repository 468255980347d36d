// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shows where /proc/stat misleads. Without IRQ_TIME_ACCOUNTING, user, system and softirq time is sampled by the tick,
 * while idle time is measured. So the columns need not add up to the elapsed time, and a task that is never running at
 * a tick has used no time at all. The scheduler's accounting is exact: /proc/schedstat has the time in ns that tasks
 * ran (record it with sources: [+schedstat]; otherwise that column is "-").
 *
 *	accounted	all eight columns, percent of the time × CPUs
 *	tick		user + nice + system, which is what the tick saw tasks do
 *	ran		what the scheduler says that tasks ran
 */
#include "collect/analyse/cpu_check.h"
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

#define RATE(name)                                                                                                     \
	{                                                                                                              \
		.metric = name, .how = COLUMN_RATE                                                                     \
	}

static const struct column columns[FIGURES] = {
	RATE("jiffies.total"), RATE("jiffies.user"),    RATE("jiffies.nice"), RATE("jiffies.system"),
	RATE("jiffies.idle"),  RATE("jiffies.softirq"), RATE("sched.run"),
};

/* The largest number of CPUs in any sample. */
static int count_cpus(struct recording *r)
{
	static const char *const sources[] = {"stat", NULL};
	struct recording_cursor *c;
	struct frame f;
	int most = 1;

	if (recording_cursor(r, sources, &c))
		return most;
	while (recording_next(c, &f) == 1) {
		const char *p = f.payload, *end = p + f.head.payload_length;
		int cpus = 0;

		for (struct cpu_line l; f.head.type == FRAME_SAMPLE && cpu_each(&p, end, &l);)
			cpus += l.cpu >= 0;
		most = cpus > most ? cpus : most;
	}
	recording_cursor_free(c);
	return most;
}

/* Describes what is wrong with a row; "" if all agrees within `slack` percent. */
static void judge(char *buf, size_t size, double accounted, double tick, double ran, double softirq, double slack)
{
	size_t n = 0;

	*buf = '\0';
	bool unseen = !isnan(ran) && ran > tick + slack;

	if (accounted < 100 - slack)
		n += snprintf(buf, size, "%.0f %% of the time is in no column%s", 100 - accounted,
			      unseen ? "" : " (hardirq time, or interrupts off)");
	else if (accounted > 100 + slack && softirq > slack)
		n += snprintf(buf, size, "%.0f %% too much: softirq time is also counted as idle time",
			      accounted - 100);
	else if (accounted > 100 + slack)
		n += snprintf(buf, size, "%.0f %% too much", accounted - 100);
	if (unseen)
		snprintf(buf + n, size - n, "%stasks ran %.0f %% that the tick never saw", n ? "; " : "", ran - tick);
	else if (!isnan(ran) && tick > ran + slack)
		snprintf(buf + n, size - n, "%sthe tick charged %.0f %% to tasks that did not run", n ? "; " : "",
			 tick - ran);
}

static void print_row(FILE *out, const double *v, int64_t from, int64_t to, int cpus)
{
	double unit = 100.0 / USER_HZ / cpus;
	char words[200];

	double accounted = v[TOTAL] * unit, tick = (v[USER] + v[NICE] + v[SYSTEM]) * unit, ran = v[RAN] / 1e7 / cpus;
	double slack = 3 + 300.0 / USER_HZ / ((double)(to - from) / 1e9); /* one tick in each of three columns */

	rows_cell(out, 11, 2, accounted);
	rows_cell(out, 9, 2, tick);
	rows_cell(out, 9, 2, ran);
	rows_cell(out, 9, 2, v[IDLE] * unit);
	rows_cell(out, 9, 2, v[SOFTIRQ] * unit);
	judge(words, sizeof(words), accounted, tick, ran, v[SOFTIRQ] * unit, slack);
	fprintf(out, "%s%s\n", *words ? "  " : "", words);
}

/* Prints the anomalies of the counters themselves. */
static int print_anomalies(FILE *out, struct recording *r)
{
	struct cpu_check c;
	char text[CPU_ANOMALY_TEXT];
	int err = cpu_check(r, &c);

	if (err)
		return err;
	for (size_t i = 0; i < c.count; i++) {
		cpu_anomaly_text(&c.anomaly[i], text, sizeof(text));
		fprintf(out, "%s\n", text);
	}
	if (c.left_out)
		fprintf(out, "and %zu more\n", c.left_out);
	cpu_check_free(&c);
	return 0;
}

static int print_one(FILE *out, struct recording *r, const struct view_options *o)
{
	struct column_figures f;
	struct rows rows;
	char time[32];
	int err = rows_make(&r, 1, o->all, 20, &rows);

	if (err)
		return err;
	err = columns_figures(r, &rows, columns, FIGURES, &f);
	if (err) {
		rows_free(&rows);
		return err;
	}
	int cpus = count_cpus(r);
	if (!f.some[RAN])
		fputs("this recording lacks sched.run, so %ran is unknown: record it with sources: [+schedstat] "
		      "in a scenario's record:,\n"
		      "or fuka collect --sources +schedstat, if the kernel has /proc/schedstat\n",
		      out);
	fprintf(out, "%9s%11s%9s%9s%9s%9s\n", "time", "%accounted", "%tick", "%ran", "%idle", "%soft");
	for (size_t k = 0; k < rows.count; k++) {
		if (rows.at[k] <= 0)
			continue;
		fprintf(out, "%9s", rows_time(time, sizeof(time), rows.at[k], rows.step_ns));
		print_row(out, &f.value[k * FIGURES], rows_from(&rows, k), rows.at[k], cpus);
	}
	column_figures_free(&f);
	rows_free(&rows);
	return print_anomalies(out, r);
}

int view_truth(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return rows_each(out, r, n, o, print_one);
}
