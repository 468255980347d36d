// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sar -u ALL: columns, order and accounting are sysstat's; each row is the mean over its time since the row before.
 * guest is out of %usr and guest_nice out of %nice, as in sar -u ALL and mpstat; plain `sar -u` counts both as %user
 * and %nice.
 */
#include "collect/show/views/columns.h"

#include <errno.h>
#include <string.h>

#define MEAN COLUMN_MEAN, 1, 8, 2

static const struct column columns[] = {
	{"%usr", "cpu.user", MEAN, true},          {"%nice", "cpu.nice", MEAN, false},
	{"%sys", "cpu.system", MEAN, true},        {"%iowait", "cpu.iowait", MEAN, true},
	{"%steal", "cpu.steal", MEAN, false},      {"%irq", "cpu.irq", MEAN, false},
	{"%soft", "cpu.softirq", MEAN, true},      {"%guest", "cpu.guest", MEAN, false},
	{"%gnice", "cpu.guest_nice", MEAN, false}, {"%idle", "cpu.idle", MEAN, true},
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

/* A table for one CPU, its metrics being PREFIX.user …; -ENODATA when it has none. */
static int print_cpu(FILE *out, struct recording *r, const struct view_options *o, int cpu)
{
	struct column column[COLUMNS];
	char metric[COLUMNS][32], title[16];
	struct series s;

	for (size_t c = 0; c < COLUMNS; c++) {
		snprintf(metric[c], sizeof(metric[c]), "cpu%d%s", cpu, columns[c].metric + 3);
		column[c] = columns[c];
		column[c].metric = metric[c];
	}
	int err = metric_series(r, metric[COLUMNS - 1], &s);
	if (err)
		return err;
	series_free(&s);
	snprintf(title, sizeof(title), "CPU %d", cpu);
	fprintf(out, "%s\n", title);
	return columns_print(out, &r, 1, o, column, COLUMNS, NULL);
}

int view_cpu(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	int err = columns_print(out, r, n, o, columns, COLUMNS, NULL), missing = 0;

	for (int i = 0; i < n && o->cpus && !err; i++) {
		if (n == 2)
			fprintf(out, "%s\n", recording_title(r[i]));
		for (int cpu = missing = 0; cpu < 4096 && missing < 64 && !err; cpu++) {
			err = print_cpu(out, r[i], o, cpu);
			missing = err == -ENODATA ? missing + 1 : 0;
			err = err == -ENODATA ? 0 : err;
		}
	}
	return err;
}
