/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysstat beside fuka: what mpstat or sar printed in the guest, against the recording's own samples next to the
 * instants at which they had the kernel write the same files (collect/parse/trace_reads.h).
 *
 * Each reading lies between two neighbouring samples. A counter it read is not below the one and not above the other:
 * what a share of CPU time can be follows from the two pairs, with nothing to spare but the rounding of what is
 * printed. A gauge must lie between the two samples' values. Where sysstat counts otherwise than fuka on purpose, the
 * difference has a name, and is calculated, not tolerated.
 */
#ifndef FUKA_SYSSTAT_H
#define FUKA_SYSSTAT_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct sysstat_figure {
	char column[16], cpu[12]; /* its title; "all", "0" …, or "" when it is not of a CPU */
	double theirs, low, high; /* what sysstat printed; what fuka's samples allow */
	double ours;              /* fuka's own figure, by fuka's accounting, from the samples before the readings */
	const char *why;          /* the name of a difference in accounting, or NULL */
	bool agrees;
};

struct sysstat {
	char command[160];
	struct {
		int64_t at_ns, apart_ns; /* a reading; and how far the samples before and after it are apart */
	} read[2];
	int reads; /* of gauges: one */
	struct sysstat_figure *figure;
	size_t count, agreeing;
};

/*
 * Compares what the program of a `run:` entry printed. 0; or -EINVAL with `why`: it is not of mpstat or sar, printed no
 * table, when it read is not in the recording, there is no sample beside it, or the samples there contradict each
 * other.
 */
int sysstat_compare(struct recording *r, const char *id, struct sysstat *out, char why[160]);
void sysstat_free(struct sysstat *s);

/* Whether a `run:` entry's program is one of those that can be compared. Inline: PID 1 asks, and has no analysis. */
static inline bool sysstat_is(const char *program)
{
	const char *slash = strrchr(program, '/');

	program = slash ? slash + 1 : program;
	return !strcmp(program, "mpstat") || !strcmp(program, "sar");
}

#endif
