/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysstat beside fuka: what mpstat or sar printed in the guest, against the recording's own samples around the instants
 * at which they read the same files.
 *
 * Shares of CPU time are compared between two samples, one near each end of the program's interval, with one tick for
 * each end; gauges must lie between the least and the greatest sample around its last reading. Where sysstat counts
 * otherwise than fuka on purpose, the difference has a name, and is calculated, not tolerated.
 */
#ifndef FUKA_SYSSTAT_H
#define FUKA_SYSSTAT_H

#include "lib/recording.h"

#include <stdbool.h>
#include <stdint.h>

struct sysstat_figure {
	char column[16], cpu[12]; /* its title; "all", "0" …, or "" when it is not of a CPU */
	double theirs, low, high; /* what sysstat printed; what fuka's samples allow */
	double ours;              /* fuka's own figure, by fuka's accounting */
	const char *why;          /* the name of a difference in accounting, or NULL */
	bool agrees;
};

struct sysstat {
	char command[160];
	int64_t from_ns, to_ns; /* the two samples; of gauges: the samples around */
	struct sysstat_figure *figure;
	size_t count, agreeing;
	double off; /* how far all their figures are from the samples', summed */
};

/*
 * Compares what the program of a `run:` entry printed. 0; or -EINVAL with `why`: it is not of mpstat or sar, printed no
 * table, or the recording has no sample beside it.
 */
int sysstat_compare(struct recording *r, const char *id, struct sysstat *out, char why[160]);
void sysstat_free(struct sysstat *s);

/* Whether a `run:` entry's program is one of those that can be compared. */
bool sysstat_is(const char *program);

#endif
