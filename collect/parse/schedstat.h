/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_SCHEDSTAT_H
#define FUKA_SCHEDSTAT_H

#include "collect/parse/lines.h"

struct schedstat_line {
	int cpu;
	uint64_t run_ns, wait_ns; /* time that tasks ran, and that runnable tasks waited */
	uint64_t slices;          /* number of timeslices */
};

/* Reads the next CPU's line: 1, 0 at the end of the text, -EINVAL if the line is incomplete. */
int schedstat_next(struct lines *l, struct schedstat_line *out);

#endif
