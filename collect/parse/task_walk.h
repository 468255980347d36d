/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A `tasks` sample (collect/sample/task_walk.h), read: line by line, or summed up by what the tasks in R or D are and where they
 * wait. */
#ifndef FUKA_PARSE_TASK_WALK_H
#define FUKA_PARSE_TASK_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TASKLIST_KINDS 32

/* Text that is read; `next` is NULL at its end. */
struct task_walk_text {
	const char *next, *end;
	bool grouped; /* its lines have a cgroup; in older recordings they have none */
	long left_out, unseen;
};

/* A line of it. Columns are "-" where the kernel did not tell. */
struct task_walk_line {
	int pid, tgid;
	char state;
	char wchan[40], cgroup[160], comm[32];
	unsigned long utime, stime; /* USER_HZ ticks */
	long rss_kib;
	char frame[200]; /* with pid alone: a frame of that task's kernel stack; else "" */
};

struct task_walk_text task_walk_text(const char *text, size_t n);

/* The next line of a task or of a stack; what is not whole is passed over. False at the end. */
bool task_walk_next(struct task_walk_text *t, struct task_walk_line *line);

/* Tasks of one state, wait channel, control group and name. */
struct task_kind {
	char state, wchan[40], cgroup[160], comm[32];
	long count;
};

struct task_walk {
	struct task_kind kind[TASKLIST_KINDS]; /* most numerous first */
	int kinds;
	long running, blocked;
	long others, unseen; /* looked at, and not listed; not looked at by this walk */
	char largest[32];    /* comm; "" when there is none */
	int largest_pid;
	long largest_kib;
};

void task_walk_read(const char *text, size_t n, struct task_walk *out);

/* "8 D dstate in kernel_clone, 1 R cc1 of /user.slice": the most numerous kinds, as many as fit. */
void task_walk_say(const struct task_walk *t, char *buf, size_t size);

#endif
