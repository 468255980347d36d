// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The columns of sar -q PSI: %scpu-10 … are the kernel's own running averages; the columns without a number are the
 * share of the row's own time, from total=. "s" means that some task waited, "f" that all did (full).
 */
#include "collect/show/views/columns.h"

#define SHARE 1e-4 /* µs per second to percent */

/* The four columns of one line of a file. */
#define LINE(name, line)                                                                                               \
	{"%" name "-10", "pressure." line ".avg10", COLUMN_LAST, 1, 9, 2, false},                                      \
		{"%" name "-60", "pressure." line ".avg60", COLUMN_LAST, 1, 9, 2, false},                              \
		{"%" name "-300", "pressure." line ".avg300", COLUMN_LAST, 1, 10, 2, false},                           \
	{                                                                                                              \
		"%" name, "pressure." line ".total", COLUMN_RATE, SHARE, 8, 2, true                                    \
	}

static const struct column columns[] = {
	LINE("scpu", "cpu.some"),    LINE("sio", "io.some"),      LINE("fio", "io.full"),
	LINE("smem", "memory.some"), LINE("fmem", "memory.full"),
};

int view_pressure(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return columns_print(out, r, n, o, columns, sizeof(columns) / sizeof(*columns), NULL);
}
