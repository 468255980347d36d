// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Load averages and CPU time by mode in one table. With two recordings, first the averages of both are next to each
 * other, then the CPU times, which shows what the CPU did under the same load.
 */
#include "collect/show/views/columns.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
	LOAD1,
	LOAD5,
	LOAD15,
	USER,
	NICE,
	SYSTEM,
	IDLE,
	IOWAIT,
	IRQ,
	SOFTIRQ,
	STEAL,
	GUEST,
	GUEST_NICE,
	FREE,
	FIGURES
};

#define LAST(name)                                                                                                     \
	{                                                                                                              \
		.metric = name, .how = COLUMN_LAST                                                                     \
	}
#define MEAN(name)                                                                                                     \
	{                                                                                                              \
		.metric = name, .how = COLUMN_MEAN                                                                     \
	}

static const struct column columns[FIGURES] = {
	LAST("load1"),      LAST("load5"),     LAST("load15"),         MEAN("cpu.user"),      MEAN("cpu.nice"),
	MEAN("cpu.system"), MEAN("cpu.idle"),  MEAN("cpu.iowait"),     MEAN("cpu.irq"),       MEAN("cpu.softirq"),
	MEAN("cpu.steal"),  MEAN("cpu.guest"), MEAN("cpu.guest_nice"), LAST("mem.available"),
};

#define CELLS 10

/* One cell is a tenth of the CPU's time: █ user (with nice and guests), ▓ kernel, ░ waiting for I/O, · idle. */
static void bar(FILE *out, const double *v)
{
	static const char *const marks[] = {"█", "▓", "░", "·"};
	double part[4] = {0}, edge = 0;
	int at = 0;

	for (int c = USER; c <= GUEST_NICE; c++) {
		int kind = c == IDLE ? 3 : c == IOWAIT ? 2 : c == SYSTEM || (c >= IRQ && c <= STEAL) ? 1 : 0;

		part[kind] += isnan(v[c]) ? 0 : v[c];
	}
	if (isnan(v[IDLE])) {
		fprintf(out, "%*s", CELLS, "");
		return;
	}
	for (int kind = 0; kind < 4; kind++) {
		edge += part[kind] * CELLS / 100;
		while (at < CELLS && (at + 0.5 < edge || kind == 3)) {
			fputs(marks[kind], out);
			at++;
		}
	}
}

static void loads(FILE *out, const double *v)
{
	rows_cell(out, 7, 2, v[LOAD1]);
	rows_cell(out, 6, 2, v[LOAD5]);
	rows_cell(out, 6, 2, v[LOAD15]);
}

static void shares(FILE *out, const double *v)
{
	rows_cell(out, 6, 1, v[USER]);
	rows_cell(out, 6, 1, v[SYSTEM]);
	rows_cell(out, 6, 1, v[IOWAIT]);
	rows_cell(out, 6, 1, v[IDLE]);
	fputc(' ', out);
	bar(out, v);
}

static void titles(FILE *out, struct recording *const *r, int n)
{
	static const char load[] = "  load1 load5 load15", cpu[] = "  %usr  %sys  %iow %idle █u▓s░w·idle";

	if (n == 2) {
		fprintf(out, "%8s │ %-18.18s │ %-18.18s │ %-33.33s │ %-33.33s\n", "", recording_title(r[0]),
			recording_title(r[1]), recording_title(r[0]), recording_title(r[1]));
		fprintf(out,
			"%8s │  load1 load5    15│  load1 load5    15│  %%usr  %%sys  %%iow %%idle █u▓s░w·idle │  "
			"%%usr  %%sys  "
			"%%iow %%idle █u▓s░w·idle\n",
			"time");
		return;
	}
	fprintf(out, "%8s │%s │%s │ available, MiB\n", "time", load, cpu);
}

static void print_row(FILE *out, const struct column_figures *f, int n, const struct rows *rows, size_t k)
{
	char time[32];

	fprintf(out, "%8s", rows_time(time, sizeof(time), rows->at[k], rows->step_ns));
	for (int i = 0; i < n; i++) {
		fputs(" │", out);
		loads(out, &f[i].value[k * FIGURES]);
	}
	for (int i = 0; i < n; i++) {
		fputs(" │", out);
		shares(out, &f[i].value[k * FIGURES]);
	}
	if (n == 1) {
		fputs(" │", out);
		rows_cell(out, 14, 0, f[0].value[k * FIGURES + FREE] / (1 << 20));
	}
	fputc('\n', out);
}

int view_overview(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	struct column_figures f[2] = {0};
	struct rows rows;
	int err = rows_make(r, n, o->all, 20, &rows);

	if (err)
		return err;
	for (int i = 0; i < n && !err; i++)
		err = columns_figures(r[i], &rows, columns, FIGURES, &f[i]);
	if (!err)
		titles(out, r, n);
	for (size_t k = 0; k < rows.count && !err; k++)
		print_row(out, f, n, &rows, k);
	for (int i = 0; i < n; i++)
		column_figures_free(&f[i]);
	rows_free(&rows);
	return err;
}
