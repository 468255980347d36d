// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sar -q's columns, and beside them what the generators declared; below, what the load model says of every update that
 * it could not explain by the declared n.
 */
#include "collect/events.h"
#include "collect/loadmodel.h"
#include "collect/views/rows.h"

#include <errno.h>
#include <math.h>

static const struct {
	const char *title, *metric;
	int decimals;
	bool both;
} columns[] = {
	{"runq-sz", "procs.running", 0, false}, {"plist-sz", "procs.total", 0, false},
	{"ldavg-1", "load1", 2, true},          {"ldavg-5", "load5", 2, true},
	{"ldavg-15", "load15", 2, true},        {"blocked", "procs.blocked", 0, true},
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

static void print_model(FILE *out, struct recording *r)
{
	struct load_model m;
	char time[32];
	size_t shown = 0;

	if (load_model(r, &m)) {
		fprintf(out, "%s: no load model: fewer than two samples of the averages after t0\n", rows_name(r));
		return;
	}
	fprintf(out, "%s: %zu updates, %zu exact, largest residual %ld/2048, %zu exceptions\n", rows_name(r), m.count,
		m.exact, m.worst, m.exceptions);
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
	load_model_free(&m);
}

static void print_row(FILE *out, int n, struct series (*s)[COLUMNS], const struct events *t, int64_t from, int64_t to)
{
	for (int i = 0; i < n; i++) {
		long declared = events_declared(&t[i], to);

		for (size_t c = 0; c < COLUMNS; c++)
			if (n == 1 || columns[c].both)
				rows_cell(out, 9, columns[c].decimals, rows_last(&s[i][c], from, to));
		rows_cell(out, 9, 0, declared < 0 ? NAN : (double)declared);
		fputs(i + 1 < n ? "  " : "\n", out);
	}
}

int view_load(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	struct series s[2][COLUMNS] = {0};
	struct events t[2] = {0};
	struct rows rows;
	char time[32];
	int err = rows_make(r, n, o->all, 20, &rows);

	if (err)
		return err;
	for (int i = 0; i < n && !err; i++) {
		err = events_read(r[i], &t[i]);
		for (size_t c = 0; c < COLUMNS && !err; c++)
			err = rows_series(r[i], columns[c].metric, &s[i][c]);
	}
	if (!err && n == 2)
		fprintf(out, "%9s   %-45.45s  %-45.45s\n", "", rows_name(r[0]), rows_name(r[1]));
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
		print_row(out, n, s, t, rows_from(&rows, k), rows.at[k]);
	}
	for (int i = 0; i < n; i++) {
		if (!err)
			print_model(out, r[i]);
		for (size_t c = 0; c < COLUMNS; c++)
			series_free(&s[i][c]);
		events_free(&t[i]);
	}
	rows_free(&rows);
	return err;
}
