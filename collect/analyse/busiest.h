/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The busiest task of a recording, and the data on it in the task walks (collect/sample/task_walk.h). */
#ifndef FUKA_BUSIEST_H
#define FUKA_BUSIEST_H

#include "lib/record/recording.h"

#include <stdint.h>

struct busiest {
	int pid;
	char comm[32];
	char wchan[40], cgroup[160];  /* the last known ones, "-" if none was */
	double cpu_s;                 /* CPU time used from the first to the last walk that saw it */
	int64_t from_ns, to_ns;       /* times of these walks */
	long walks, running, blocked; /* number of all walks; of those that saw it in R, and in D */
	char stack[1024];             /* the last recorded kernel stack, one frame per line; or "" */
	int64_t stack_ns;
};

/*
 * Finds the task with the most CPU time; if none used any, the one most often seen in D. -ENODATA if no walk saw a task
 * in R or D other than the walker itself.
 */
int busiest_read(struct recording *r, struct busiest *out);

#endif
