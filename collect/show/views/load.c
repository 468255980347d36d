// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The columns of sar -q beside the number of tasks that the generators declared; below, every update of the averages
 * that the load model cannot explain by the declared n.
 */
#include "collect/analyse/events.h"
#include "collect/analyse/loadmodel.h"
#include "lib/kernel/loadavg.h"
#include "collect/parse/task_walk.h"
#include "collect/show/views/columns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define LAST COLUMN_LAST, 1, 9

static const struct column columns[] = {
	{"runq-sz", "procs.running", LAST, 0, false}, {"plist-sz", "procs.total", LAST, 0, false},
	{"ldavg-1", "load1", LAST, 2, true},          {"ldavg-5", "load5", LAST, 2, true},
	{"ldavg-15", "load15", LAST, 2, true},        {"blocked", "procs.blocked", LAST, 0, true},
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

/* Prints which tasks the kernel last counted, from the task walk nearest to that time. */
static void print_why(FILE *out, struct recording *r, const struct load_model *m, uint64_t t0_ns)
{
	static const char *const sources[] = {"tasks", NULL};
	const struct load_update *u = &m->update[m->count - 1];
	struct recording_cursor *c;
	struct task_walk nearest = {0}, t;
	int64_t best = INT64_MAX, at_ns = 0;
	char who[160], time[32], seen[32];
	struct frame f;

	if (recording_cursor(r, sources, &c))
		return;
	while (recording_next(c, &f) == 1) {
		int64_t at = events_since(f.head.before_ns, t0_ns), apart = llabs(at - u->active_ns);

		if (f.head.type != FRAME_SAMPLE || apart >= best)
			continue;
		best = apart;
		at_ns = at;
		task_walk_read(f.payload, f.head.payload_length, &t);
		nearest = t;
	}
	recording_cursor_free(c);
	fprintf(out, "why %.2f: the kernel last counted %ld active task%s, at %s", (double)u->after[0] / LOADAVG_ONE,
		u->n, u->n == 1 ? "" : "s", rows_time(time, sizeof(time), u->active_ns, 1000000));
	task_walk_say(&nearest, who, sizeof(who));
	if (best != INT64_MAX)
		fprintf(out, "; seen at %s: %ld R, %ld D%s%s", rows_time(seen, sizeof(seen), at_ns, 1000000),
			nearest.running, nearest.blocked, *who ? ": " : "", who);
	fputc('\n', out);
}

/* Advances the averages by `ns` with n active tasks. */
static void advance(unsigned long *a, long n, int64_t ns, unsigned hz)
{
	int64_t steps = ns / loadavg_period_ns(hz);

	for (int64_t k = 0; k < steps; k++)
		for (int i = 0; i < 3; i++)
			a[i] = loadavg_step(a[i], loadavg_exp[i], n);
}

/* Prints when each average reaches a threshold with n active tasks; more than two days counts as never. */
static void print_reach(FILE *out, const unsigned long *from, long n, double threshold, unsigned hz)
{
	static const char *const names[] = {"load1", "load5", "load15"};
	unsigned long goal = (unsigned long)(threshold * LOADAVG_ONE + 0.5);
	double step = (5.0 * hz + 1) / hz;

	fprintf(out, "to reach %.2f:", threshold);
	for (int i = 0; i < 3; i++) {
		unsigned long a[3] = {from[0], from[1], from[2]};
		bool rise = a[i] < goal;
		long k = 0;

		while (k < 34560 && (rise ? a[i] < goal : a[i] > goal)) {
			advance(a, n, (int64_t)(step * 1e9) + 1, hz);
			k++;
		}
		if (k == 34560)
			fprintf(out, "%s %s never", i ? "," : "", names[i]);
		else
			fprintf(out, "%s %s after %.0f s", i ? "," : "", names[i], k * step);
	}
	fputc('\n', out);
}

/* Prints the averages after the end of the recording, if the number of active tasks stays constant. */
static void print_prediction(FILE *out, const struct load_model *m, const struct view_options *o)
{
	static const struct {
		const char *name;
		int64_t ns;
	} ahead[] = {{"1m", 60000000000ll}, {"5m", 300000000000ll}, {"15m", 900000000000ll}, {"1h", 3600000000000ll}};
	const struct load_update *u = &m->update[m->count - 1];
	long n = o->n >= 0 ? o->n : u->n;

	fprintf(out, "with %ld task%s from here on:", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(ahead) / sizeof(*ahead); i++) {
		unsigned long a[3] = {u->after[0], u->after[1], u->after[2]};

		advance(a, n, ahead[i].ns, m->hz);
		fprintf(out, "%s in %s %.2f %.2f %.2f", i ? "," : "", ahead[i].name, (double)a[0] / LOADAVG_ONE,
			(double)a[1] / LOADAVG_ONE, (double)a[2] / LOADAVG_ONE);
	}
	fputc('\n', out);
	if (!isnan(o->threshold))
		print_reach(out, u->after, n, o->threshold, m->hz);
}

static void print_model(FILE *out, struct recording *r, uint64_t t0_ns, const struct view_options *o)
{
	struct load_model m;
	char time[32];
	size_t shown = 0;

	if (load_model(r, &m)) {
		fprintf(out, "%s: no load model: the recording has fewer than two samples of the averages after t0\n",
			recording_title(r));
		return;
	}
	fprintf(out, "%s: %zu updates, %zu exact, largest residual %ld/2048, %zu exceptions\n", recording_title(r),
		m.count, m.exact, m.worst, m.exceptions);
	for (size_t i = 0; i < m.count && shown < 20; i++) {
		const struct load_update *u = &m.update[i];

		if (!u->residual && (u->declared < 0 || u->declared == u->n))
			continue;
		shown++;
		fprintf(out, "  %8s  n %ld, declared %ld, residual %ld/2048%s%s\n",
			rows_time(time, sizeof(time), u->active_ns, 1000000), u->n, u->declared, u->residual,
			u->who[0] ? ", seen: " : "", u->who);
	}
	if (shown == 20)
		fputs("  (the first 20)\n", out);
	if (m.cut)
		fputs("  the recording has more samples than the model's limit; the later ones are not checked\n", out);
	if (m.count) {
		print_why(out, r, &m, t0_ns);
		print_prediction(out, &m, o);
	}
	load_model_free(&m);
}

static void print_row(FILE *out, int n, const struct column_figures *f, const struct events *t, size_t k, int64_t at_ns)
{
	for (int i = 0; i < n; i++) {
		long declared = events_declared(&t[i], at_ns);

		for (size_t c = 0; c < COLUMNS; c++)
			if (n == 1 || columns[c].both)
				rows_cell(out, columns[c].width, columns[c].decimals, f[i].value[k * COLUMNS + c]);
		rows_cell(out, 9, 0, declared < 0 ? NAN : (double)declared);
		fputs(i + 1 < n ? "  " : "\n", out);
	}
}

int view_load(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	struct column_figures f[2] = {0};
	struct events t[2] = {0};
	struct rows rows;
	char time[32];
	int err = rows_make(r, n, o->all, 20, &rows);

	if (err)
		return err;
	for (int i = 0; i < n && !err; i++) {
		err = events_read(r[i], &t[i]);
		err = err ?: columns_figures(r[i], &rows, columns, COLUMNS, &f[i]);
	}
	if (!err && n == 2)
		fprintf(out, "%9s   %-45.45s  %-45.45s\n", "", recording_title(r[0]), recording_title(r[1]));
	if (!err)
		fprintf(out, "%9s", "time");
	for (int i = 0; i < n && !err; i++) {
		for (size_t c = 0; c < COLUMNS; c++)
			if (n == 1 || columns[c].both)
				fprintf(out, "%9s", columns[c].title);
		fprintf(out, "%9s%s", "declared", i + 1 < n ? "  " : "\n");
	}
	for (size_t k = 0; k < rows.count && !err; k++) {
		fprintf(out, "%9s", rows_time(time, sizeof(time), rows.at[k], rows.step_ns));
		print_row(out, n, f, t, k, rows.at[k]);
	}
	for (int i = 0; i < n; i++) {
		if (!err)
			print_model(out, r[i], t[i].t0_ns, o);
		column_figures_free(&f[i]);
		events_free(&t[i]);
	}
	rows_free(&rows);
	return err;
}
