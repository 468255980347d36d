// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/diskstats: major, minor, device, and then 11 figures; 4.18 added four for discards, 5.5 two for flushes, which
 * are not read.
 *
 *	 253       0 vda 1402 311 101890 640 97 51 1240 55 0 580 697 0 0 0 0 2 1
 */
#include "collect/parse/diskstats.h"

#define ALWAYS 11

const char *const diskstats_names[DISKSTATS_FIELDS] = {
	"reads",        "read_merges",   "read_sectors",   "read_ms",         "writes",
	"write_merges", "write_sectors", "write_ms",       "in_flight",       "busy_ms",
	"queue_ms",     "discards",      "discard_merges", "discard_sectors", "discard_ms",
};

static bool read_line(const char *p, const char *end, struct diskstats_line *d)
{
	uint64_t v;

	d->fields = 0;
	if (!lines_number(&p, end, &v) || !lines_number(&p, end, &v) || !lines_word(&p, end, &d->device))
		return false;
	while (lines_number(&p, end, &v))
		if (d->fields < DISKSTATS_FIELDS)
			d->field[d->fields++] = v;
	return p == end && (d->fields == ALWAYS || d->fields == DISKSTATS_FIELDS);
}

bool diskstats_next(struct lines *l, struct diskstats_line *out)
{
	struct diskstats_line d;

	while (lines_next(l))
		if (read_line(l->at, l->end, &d)) {
			*out = d;
			return true;
		}
	return false;
}
