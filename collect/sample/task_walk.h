/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task walk finds the tasks in R or D, and where they wait, and the largest tasks by resident memory. */
#ifndef FUKA_SAMPLE_TASK_WALK_H
#define FUKA_SAMPLE_TASK_WALK_H

#include "lib/kernel/loadcount.h"

#include <stdbool.h>
#include <stddef.h>

/* The used fields of /proc/PID/task/TID/stat. utime and stime are in USER_HZ ticks. */
struct task {
	int pid, tgid;
	char state;
	int policy, threads;
	unsigned flags; /* PF_… of the kernel */
	unsigned long utime, stime;
	long rss_kib;
	char comm[32];
};

#define TASK_IS_KTHREAD 0x00200000u /* PF_KTHREAD */

/* False if there is no such task, or its line is incomplete. */
bool task_walk_one(int pid, int tgid, struct task *t);

/*
 * Walks /proc once and writes the text of a `tasks` sample into buf: a first line that begins with '#' and names the
 * columns, the rule of selection, and the numbers of tasks left out and not looked at; then one line per task:
 *
 *	pid tgid state policy wchan utime stime rss_kib cgroup comm
 *
 * (utime, stime in USER_HZ ticks; cgroup of version 2, with spaces in its name as '?'; "-" if the kernel does not
 * provide the value). Last come the kernel stack frames of the task in R or D that has used the most CPU time, except
 * the walker itself, as lines "@PID FRAME", if this user may read them. Looks at most at a thousand tasks; if there are
 * more, the next walk continues from there. Pauses while the kernel counts the active tasks, because the walk would be
 * counted. Does not allocate. Returns the number of bytes written.
 */
size_t task_walk(char *buf, size_t size, int largest, const struct loadcount *count);

#endif
