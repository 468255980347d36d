// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The columns and arithmetic of sar -r: used = total - free - buffers - cached - slab, in KiB; percent of the total.
 * The last column is not in sar: OOM kills since boot (/proc/vmstat oom_kill).
 */
#include "collect/show/views/columns.h"

#include <errno.h>
#include <math.h>

enum {
	TOTAL,
	FREE,
	AVAILABLE,
	BUFFERS,
	CACHED,
	SLAB,
	COMMITTED,
	SWAP,
	ACTIVE,
	INACTIVE,
	DIRTY,
	KILLS,
	FIGURES
};

static const struct column columns[FIGURES] = {
	{.metric = "mem.total"},        {.metric = "mem.free"},       {.metric = "mem.available"},
	{.metric = "mem.buffers"},      {.metric = "mem.cached"},     {.metric = "mem.slab"},
	{.metric = "mem.committed_as"}, {.metric = "mem.swap_total"}, {.metric = "mem.active"},
	{.metric = "mem.inactive"},     {.metric = "mem.dirty"},      {.metric = "vmstat.oom_kill"},
};

static void titles(FILE *out, int n)
{
	static const char one[] =
		" kbmemfree   kbavail kbmemused %memused kbbuffers kbcached kbcommit %commit kbactive  kbinact"
		" kbdirty oomkill";
	static const char two[] = " kbmemfree   kbavail kbmemused %memused oomkill";

	fprintf(out, "%9s%s%s%s\n", "time", n == 1 ? one : two, n == 1 ? "" : "  ", n == 1 ? "" : two);
}

static void print_row(FILE *out, const double *v, int n)
{
	double used = v[TOTAL] - v[FREE] - v[BUFFERS] - v[CACHED] - (isnan(v[SLAB]) ? 0 : v[SLAB]);

	used = used < 0 ? 0 : used;
	rows_cell(out, 10, 0, v[FREE] / 1024);
	rows_cell(out, 10, 0, v[AVAILABLE] / 1024);
	rows_cell(out, 10, 0, used / 1024);
	rows_cell(out, 9, 2, 100 * used / v[TOTAL]);
	if (n == 1) {
		rows_cell(out, 10, 0, v[BUFFERS] / 1024);
		rows_cell(out, 9, 0, v[CACHED] / 1024);
		rows_cell(out, 9, 0, v[COMMITTED] / 1024);
		rows_cell(out, 8, 2, 100 * v[COMMITTED] / (v[TOTAL] + (isnan(v[SWAP]) ? 0 : v[SWAP])));
		rows_cell(out, 9, 0, v[ACTIVE] / 1024);
		rows_cell(out, 9, 0, v[INACTIVE] / 1024);
		rows_cell(out, 8, 0, v[DIRTY] / 1024);
	}
	rows_cell(out, 8, 0, v[KILLS]);
}

int view_memory(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	struct column_figures f[2] = {0};
	struct rows rows;
	char time[32];
	int err = rows_make(r, n, o->all, 20, &rows);

	if (err)
		return err;
	for (int i = 0; i < n && !err; i++)
		err = columns_figures(r[i], &rows, columns, FIGURES, &f[i]);
	if (!err && n == 2)
		fprintf(out, "%9s   %-44.44s   %-44.44s\n", "", recording_title(r[0]), recording_title(r[1]));
	if (!err)
		titles(out, n);
	for (size_t k = 0; k < rows.count && !err; k++) {
		fprintf(out, "%9s", rows_time(time, sizeof(time), rows.at[k], rows.step_ns));
		for (int i = 0; i < n; i++) {
			print_row(out, &f[i].value[k * FIGURES], n);
			fputs(i + 1 < n ? "  " : "\n", out);
		}
	}
	for (int i = 0; i < n; i++)
		column_figures_free(&f[i]);
	rows_free(&rows);
	return err;
}
