// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The columns of sar -B, then vmstat's si and so (KiB swapped in and out per second; pages are 4 KiB). pgsteal/s is the
 * number of pages that kswapd and direct reclaim reclaimed, %vmeff its share of those that they scanned, "-" if they
 * scanned none.
 */
#include "collect/show/views/columns.h"

#include <math.h>

/* Positions in the table below. */
enum {
	SCAN_KSWAPD = 5,
	SCAN_DIRECT,
	STEAL_KSWAPD,
	STEAL,
	EFFICIENCY,
};

static void reclaimed(double *v)
{
	double scanned = v[SCAN_KSWAPD] + v[SCAN_DIRECT];

	v[STEAL] += v[STEAL_KSWAPD];
	v[EFFICIENCY] = scanned > 0 ? v[STEAL] / scanned * 100 : NAN;
}

static const struct column columns[] = {
	{"pgpgin/s", "vmstat.pgpgin", COLUMN_RATE, 1, 11, 2, false},
	{"pgpgout/s", "vmstat.pgpgout", COLUMN_RATE, 1, 11, 2, false},
	{"fault/s", "vmstat.pgfault", COLUMN_RATE, 1, 11, 2, true},
	{"majflt/s", "vmstat.pgmajfault", COLUMN_RATE, 1, 10, 2, true},
	{"pgfree/s", "vmstat.pgfree", COLUMN_RATE, 1, 11, 2, false},
	[SCAN_KSWAPD] = {"pgscank/s", "vmstat.pgscan_kswapd", COLUMN_RATE, 1, 11, 2, false},
	[SCAN_DIRECT] = {"pgscand/s", "vmstat.pgscan_direct", COLUMN_RATE, 1, 11, 2, false},
	[STEAL_KSWAPD] = {"", "vmstat.pgsteal_kswapd", COLUMN_RATE, 1, 0, 0, false},
	[STEAL] = {"pgsteal/s", "vmstat.pgsteal_direct", COLUMN_RATE, 1, 11, 2, false},
	[EFFICIENCY] = {"%vmeff", "vmstat.pgsteal_direct", COLUMN_RATE, 1, 9, 2, false},
	{"si", "vmstat.pswpin", COLUMN_RATE, 4, 10, 1, true},
	{"so", "vmstat.pswpout", COLUMN_RATE, 4, 10, 1, true},
};

int view_paging(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return columns_print(out, r, n, o, columns, sizeof(columns) / sizeof(*columns), reclaimed);
}
