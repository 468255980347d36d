// SPDX-License-Identifier: GPL-2.0-or-later
/* sar -u ALL: columns, order and accounting are sysstat's; each row is the mean over its time since the row before. */
#include "collect/views/rows.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *title, *metric;
	bool both; /* also where two stand side by side */
} columns[] = {
	{"%usr", "cpu.user", true},      {"%nice", "cpu.nice", false},   {"%sys", "cpu.system", true},
	{"%iowait", "cpu.iowait", true}, {"%steal", "cpu.steal", false}, {"%irq", "cpu.irq", false},
	{"%soft", "cpu.softirq", true},  {"%guest", "cpu.guest", false}, {"%gnice", "cpu.guest_nice", false},
	{"%idle", "cpu.idle", true},
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

int view_cpu(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	struct series s[2][COLUMNS] = {0};
	struct rows rows;
	char time[32];
	int err = rows_make(r, n, o->all, 20, &rows);

	if (err)
		return err;
	for (int i = 0; i < n && !err; i++)
		for (size_t c = 0; c < COLUMNS && !err; c++)
			err = rows_series(r[i], columns[c].metric, &s[i][c]);
	if (!err && n == 2)
		fprintf(out, "%9s   %-42.42s  %-42.42s\n", "", rows_name(r[0]), rows_name(r[1]));
	if (!err)
		fprintf(out, "%9s", "time");
	for (int i = 0; i < n && !err; i++, fprintf(out, i < n ? "  " : "\n"))
		for (size_t c = 0; c < COLUMNS; c++)
			if (n == 1 || columns[c].both)
				fprintf(out, "%8s", columns[c].title);
	for (size_t k = 0; k < rows.count && !err; k++) {
		if (!o->all && rows.at[k] == 0)
			continue; /* at t0 nothing has been spent yet */
		fprintf(out, "%9s", rows_time(time, sizeof(time), rows.at[k], rows.step_ns));
		for (int i = 0; i < n; i++, fprintf(out, i < n ? "  " : "\n"))
			for (size_t c = 0; c < COLUMNS; c++)
				if (n == 1 || columns[c].both)
					rows_cell(out, 8, 2, rows_mean(&s[i][c], rows_from(&rows, k), rows.at[k]));
	}
	for (int i = 0; i < n; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			series_free(&s[i][c]);
	rows_free(&rows);
	return err;
}
