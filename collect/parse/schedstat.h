/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_SCHEDSTAT_H
#define FUKA_SCHEDSTAT_H

#include "collect/parse/lines.h"

struct schedstat_line {
	int cpu;
	uint64_t run_ns, wait_ns; /* that tasks ran, and that they were runnable and waited */
	uint64_t slices;          /* how often one was given the CPU */
};

/* The next CPU's line: 1, 0 at the end of the text, -EINVAL for one that is not whole. */
int schedstat_next(struct lines *l, struct schedstat_line *out);

#endif
