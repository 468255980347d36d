// SPDX-License-Identifier: GPL-2.0-or-later
/* sar -B's columns, then vmstat's si and so (KiB swapped in and out a second; pages are 4 KiB). */
#include "collect/views/columns.h"

static const struct column columns[] = {
	{"pgpgin/s", "vmstat.pgpgin", COLUMN_RATE, 1, 11, 2, false},
	{"pgpgout/s", "vmstat.pgpgout", COLUMN_RATE, 1, 11, 2, false},
	{"fault/s", "vmstat.pgfault", COLUMN_RATE, 1, 11, 2, true},
	{"majflt/s", "vmstat.pgmajfault", COLUMN_RATE, 1, 10, 2, true},
	{"pgfree/s", "vmstat.pgfree", COLUMN_RATE, 1, 11, 2, false},
	{"pgscank/s", "vmstat.pgscan_kswapd", COLUMN_RATE, 1, 11, 2, false},
	{"pgscand/s", "vmstat.pgscan_direct", COLUMN_RATE, 1, 11, 2, false},
	{"si", "vmstat.pswpin", COLUMN_RATE, 4, 10, 1, true},
	{"so", "vmstat.pswpout", COLUMN_RATE, 4, 10, 1, true},
};

int view_paging(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return columns_print(out, r, n, o, columns, sizeof(columns) / sizeof(*columns));
}
