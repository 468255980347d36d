/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The busiest task of a recording, and what its task walks (collect/sample/task_walk.h) hold of it. */
#ifndef FUKA_BUSIEST_H
#define FUKA_BUSIEST_H

#include "lib/record/recording.h"

#include <stdint.h>

struct busiest {
	int pid;
	char comm[32];
	char wchan[40], cgroup[160];  /* the last ones told, "-" when none was */
	double cpu_s;                 /* CPU time that it used from one walk that saw it to another */
	int64_t from_ns, to_ns;       /* which were at these times */
	long walks, running, blocked; /* all walks; those that saw it R, and D */
	char stack[1024];             /* the kernel's frames when they were last recorded, a line each; or "" */
	int64_t stack_ns;
};

/*
 * The one of most CPU time; when none used any, the one most often seen in D. -ENODATA when no walk saw a task in R or
 * D other than fuka itself, which walks.
 */
int busiest_read(struct recording *r, struct busiest *out);

#endif
