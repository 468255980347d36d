// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One table per control group: CPU time used and throttled, in percent of one CPU; the events of its memory limit since
 * it was made; and its own pressure, in percent of the time.
 */
#include "collect/show/views/columns.h"

#define PERCENT_OF_US 1e-4

static const struct column columns[] = {
	{"%cpu", ".cpu.usage_usec", COLUMN_RATE, PERCENT_OF_US, 9, 2, true},
	{"%user", ".cpu.user_usec", COLUMN_RATE, PERCENT_OF_US, 8, 2, true},
	{"%system", ".cpu.system_usec", COLUMN_RATE, PERCENT_OF_US, 9, 2, true},
	{"%throttl", ".cpu.throttled_usec", COLUMN_RATE, PERCENT_OF_US, 10, 2, true},
	{"max", ".memory.max", COLUMN_LAST, 1, 8, 0, true},
	{"oom", ".memory.oom", COLUMN_LAST, 1, 6, 0, true},
	{"oom_kill", ".memory.oom_kill", COLUMN_LAST, 1, 10, 0, true},
	{"%scpu", ".pressure.cpu.some", COLUMN_RATE, PERCENT_OF_US, 8, 2, true},
	{"%sio", ".pressure.io.some", COLUMN_RATE, PERCENT_OF_US, 8, 2, true},
	{"%fio", ".pressure.io.full", COLUMN_RATE, PERCENT_OF_US, 8, 2, true},
	{"%smem", ".pressure.memory.some", COLUMN_RATE, PERCENT_OF_US, 8, 2, true},
	{"%fmem", ".pressure.memory.full", COLUMN_RATE, PERCENT_OF_US, 8, 2, true},
};

static int print_one(FILE *out, struct recording *r, const struct view_options *o)
{
	static const struct things things = {.family = "cgroup.", .title = ""};

	return columns_each(out, r, o, &things, columns, sizeof(columns) / sizeof(*columns));
}

int view_cgroup(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return rows_each(out, r, n, o, print_one);
}
