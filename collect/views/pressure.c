// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sar -q PSI: %scpu-10 … are the kernel's own running averages, the columns without a number the share of the row's own
 * time, from total=. "s" is some task, "f" every task waiting.
 */
#include "collect/views/columns.h"

#define SHARE 1e-4 /* µs a second to percent */

static const struct column columns[] = {
	{"%scpu-10", "pressure.cpu.some.avg10", COLUMN_LAST, 1, 9, 2, false},
	{"%scpu-60", "pressure.cpu.some.avg60", COLUMN_LAST, 1, 9, 2, false},
	{"%scpu", "pressure.cpu.some.total", COLUMN_RATE, SHARE, 8, 2, true},
	{"%sio-10", "pressure.io.some.avg10", COLUMN_LAST, 1, 9, 2, false},
	{"%sio-60", "pressure.io.some.avg60", COLUMN_LAST, 1, 9, 2, false},
	{"%sio", "pressure.io.some.total", COLUMN_RATE, SHARE, 8, 2, true},
	{"%fio", "pressure.io.full.total", COLUMN_RATE, SHARE, 8, 2, true},
	{"%smem-10", "pressure.memory.some.avg10", COLUMN_LAST, 1, 9, 2, false},
	{"%smem-60", "pressure.memory.some.avg60", COLUMN_LAST, 1, 9, 2, false},
	{"%smem", "pressure.memory.some.total", COLUMN_RATE, SHARE, 8, 2, true},
	{"%fmem", "pressure.memory.full.total", COLUMN_RATE, SHARE, 8, 2, true},
};

int view_pressure(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return columns_print(out, r, n, o, columns, sizeof(columns) / sizeof(*columns));
}
