/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares the output of mpstat or sar in the guest with the recording's samples next to the times at which they read
 * the same files (collect/parse/trace_reads.h).
 *
 * Each reading is between two neighbouring samples, and the counters it read are not below the one nor above the other.
 * So the range of a share of CPU time follows from the two pairs, with no tolerance but the rounding of the output. A
 * gauge must be between the two samples' values. Where sysstat counts differently from fuka on purpose, the difference
 * has a name and is calculated, not tolerated.
 */
#ifndef FUKA_SYSSTAT_H
#define FUKA_SYSSTAT_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct sysstat_figure {
	char column[16], cpu[12]; /* its title; "all", "0" …, or "" if it is not of a CPU */
	double theirs, low, high; /* printed by sysstat; the range that fuka's samples allow */
	double ours;              /* fuka's figure, from the samples before the readings */
	const char *why;          /* the name of a difference in accounting, or NULL */
	bool agrees;
};

struct sysstat {
	char command[160];
	struct {
		int64_t at_ns, apart_ns; /* time of a reading; time between the samples before and after it */
	} read[2];
	int reads; /* one for gauges */
	struct sysstat_figure *figure;
	size_t count, agreeing;
};

/*
 * Compares the output of the program of a `run:` entry. 0, or -EINVAL with `why`: it is not of mpstat or sar, it has no
 * table, its readings are not in the recording, there is no sample beside them, or the samples there contradict each
 * other.
 */
int sysstat_compare(struct recording *r, const char *id, struct sysstat *out, char why[160]);
void sysstat_free(struct sysstat *s);

/*
 * Whether a `run:` entry's program can be compared. Inline, because PID 1 needs it and is not linked with
 * collect/analyse.
 */
static inline bool sysstat_is(const char *program)
{
	const char *slash = strrchr(program, '/');

	program = slash ? slash + 1 : program;
	return !strcmp(program, "mpstat") || !strcmp(program, "sar");
}

#endif
