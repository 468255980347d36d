/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task walk: which tasks are R or D, and where they wait; and the largest by resident memory. */
#ifndef FUKA_SAMPLE_TASK_WALK_H
#define FUKA_SAMPLE_TASK_WALK_H

#include "lib/kernel/loadcount.h"

#include <stdbool.h>
#include <stddef.h>

/* A line of /proc/PID/task/TID/stat, as far as anybody here wants it. utime and stime are in USER_HZ ticks. */
struct task {
	int pid, tgid;
	char state;
	int policy, threads;
	unsigned flags; /* PF_… of the kernel's */
	unsigned long utime, stime;
	long rss_kib;
	char comm[32];
};

#define TASK_IS_KTHREAD 0x00200000u /* PF_KTHREAD */

/* False when there is no such task, or its line is not whole. */
bool task_walk_one(int pid, int tgid, struct task *t);

/*
 * Walks /proc once and writes the text of a `tasks` sample into buf: a first line that begins with '#' and names the
 * columns, the rule of selection, how many tasks were looked at and left out, and how many not even looked at; then one
 * line a task:
 *
 *	pid tgid state policy wchan utime stime rss_kib cgroup comm
 *
 * (utime, stime in USER_HZ ticks; cgroup of version 2, spaces in its name as '?'; "-" where the kernel does not tell).
 * Last come the kernel's stack frames of the one in R or D that has used the most CPU time, the walker itself left out,
 * a line "@PID FRAME" each, where this user may read them. Looks at a thousand tasks at most; where there are more, the
 * next walk goes on from there. Pauses while the kernel counts the active tasks, which the walk would be one of.
 * Allocates nothing. Returns bytes written.
 */
size_t task_walk(char *buf, size_t size, int largest, const struct loadcount *count);

#endif
