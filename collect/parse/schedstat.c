// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/schedstat: nine figures per CPU (version 15 to 17), of which the last three are ns that tasks ran, ns that they
 * waited, and timeslices. Lines of scheduling domains are between those of the CPUs.
 *
 *	version 15
 *	timestamp 4294937315
 *	cpu0 0 0 0 0 0 0 52149023 3113459 1203
 *	domain0 3 0 0 …
 */
#include "collect/parse/schedstat.h"

#include <errno.h>

enum {
	RUN = 6,
	WAIT,
	SLICES,
	FIGURES
};

int schedstat_next(struct lines *l, struct schedstat_line *out)
{
	uint64_t cpu, figure[FIGURES];

	while (lines_next(l)) {
		const char *p = l->at;
		int n = 0;

		if (!lines_literal(&p, l->end, "cpu"))
			continue;
		if (!lines_number(&p, l->end, &cpu) || cpu > 1 << 20)
			return -EINVAL;
		while (n < FIGURES && lines_number(&p, l->end, &figure[n]))
			n++;
		if (n < FIGURES || p != l->end)
			return -EINVAL;
		*out = (struct schedstat_line){(int)cpu, figure[RUN], figure[WAIT], figure[SLICES]};
		return 1;
	}
	return lines_cut(l) ? -EINVAL : 0;
}
