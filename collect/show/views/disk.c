// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The columns of sar -d, one table per active device; in-flight, the number of requests in progress, is not in sar. As
 * in sar, discards count as requests if the kernel counts them (since 4.18; else dkB/s is "-").
 */
#include "collect/show/views/columns.h"

#include <math.h>

/* The figures in the order of the columns; those from WRITES on are not shown, and derive() adds them to the others. */
enum {
	TPS,
	READ_KB,
	WRITE_KB,
	DISCARD_KB,
	AREQ_SZ,
	AQU_SZ,
	AWAIT,
	UTIL,
	IN_FLIGHT,
	WRITES,
	DISCARDS,
	WRITE_MS,
	DISCARD_MS
};

static const struct column columns[] = {
	[TPS] = {"tps", ".reads", COLUMN_RATE, 1, 10, 2, true},
	[READ_KB] = {"rkB/s", ".read_sectors", COLUMN_RATE, 0.5, 11, 2, true},
	[WRITE_KB] = {"wkB/s", ".write_sectors", COLUMN_RATE, 0.5, 11, 2, true},
	[DISCARD_KB] = {"dkB/s", ".discard_sectors", COLUMN_RATE, 0.5, 11, 2, true},
	[AREQ_SZ] = {"areq-sz", ".reads", COLUMN_RATE, 1, 9, 2, true},
	[AQU_SZ] = {"aqu-sz", ".queue_ms", COLUMN_RATE, 1e-3, 9, 2, true},
	[AWAIT] = {"await", ".read_ms", COLUMN_RATE, 1, 10, 2, true},
	[UTIL] = {"%util", ".busy_ms", COLUMN_RATE, 0.1, 8, 2, true},
	[IN_FLIGHT] = {"in-flight", ".in_flight", COLUMN_LAST, 1, 11, 0, true},
	[WRITES] = {"", ".writes", COLUMN_RATE, 1, 0, 0, false},
	[DISCARDS] = {"", ".discards", COLUMN_RATE, 1, 0, 0, false},
	[WRITE_MS] = {"", ".write_ms", COLUMN_RATE, 1, 0, 0, false},
	[DISCARD_MS] = {"", ".discard_ms", COLUMN_RATE, 1, 0, 0, false},
};

static double or_none(double v)
{
	return isnan(v) ? 0 : v;
}

static void derive(double *v)
{
	double tps = v[TPS] + v[WRITES] + or_none(v[DISCARDS]);

	v[TPS] = tps;
	v[AREQ_SZ] = tps > 0 ? (v[READ_KB] + v[WRITE_KB] + or_none(v[DISCARD_KB])) / tps : NAN;
	v[AWAIT] = tps > 0 ? (v[AWAIT] + v[WRITE_MS] + or_none(v[DISCARD_MS])) / tps : NAN;
}

static int print_one(FILE *out, struct recording *r, const struct view_options *o)
{
	static const struct things things = {.family = "disk.", .title = "", .derive = derive};

	return columns_each(out, r, o, &things, columns, sizeof(columns) / sizeof(*columns));
}

int view_disk(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return rows_each(out, r, n, o, print_one);
}
