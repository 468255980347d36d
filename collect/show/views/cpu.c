// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Columns, order and accounting are those of sar -u ALL; each row is the mean over the time since the previous row.
 * %usr excludes guest and %nice excludes guest_nice, as in sar -u ALL and mpstat; plain `sar -u` includes them.
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

/* Prints one table per CPU; the metrics differ only in the number. */
static int print_cpus(FILE *out, struct recording *r, const struct view_options *o)
{
	static const struct things cpus = {.family = "cpu", .title = "CPU ", .idle_too = true};
	struct column column[COLUMNS];

	for (size_t c = 0; c < COLUMNS; c++) {
		column[c] = columns[c];
		column[c].metric += strlen(cpus.family);
	}
	return columns_each(out, r, o, &cpus, column, COLUMNS);
}

int view_cpu(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	int err = columns_print(out, r, n, o, columns, COLUMNS, NULL);

	if (err || !o->cpus)
		return err;
	err = rows_each(out, r, n, o, print_cpus);
	return err == -ENODATA ? 0 : err;
}
