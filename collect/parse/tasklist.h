/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A `tasks` sample (collect/sample/tasks.h), read: line by line, or summed up by what the tasks in R or D are and where they
 * wait. */
#ifndef FUKA_TASKLIST_H
#define FUKA_TASKLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TASKLIST_KINDS 32

/* Text that is read; `next` is NULL at its end. */
struct tasklist_text {
	const char *next, *end;
	bool grouped; /* its lines have a cgroup; in older recordings they have none */
	long left_out, unseen;
};

/* A line of it. Columns are "-" where the kernel did not tell. */
struct tasklist_line {
	int pid, tgid;
	char state;
	char wchan[40], cgroup[160], comm[32];
	unsigned long utime, stime; /* USER_HZ ticks */
	long rss_kib;
	char frame[200]; /* with pid alone: a frame of that task's kernel stack; else "" */
};

struct tasklist_text tasklist_text(const char *text, size_t n);

/* The next line of a task or of a stack; what is not whole is passed over. False at the end. */
bool tasklist_next(struct tasklist_text *t, struct tasklist_line *line);

/* Tasks of one state, wait channel, control group and name. */
struct task_kind {
	char state, wchan[40], cgroup[160], comm[32];
	long count;
};

struct tasklist {
	struct task_kind kind[TASKLIST_KINDS]; /* most numerous first */
	int kinds;
	long running, blocked;
	long others, unseen; /* looked at, and not listed; not looked at by this walk */
	char largest[32];    /* comm; "" when there is none */
	int largest_pid;
	long largest_kib;
};

void tasklist_read(const char *text, size_t n, struct tasklist *out);

/* "8 D dstate in kernel_clone, 1 R cc1 of /user.slice": the most numerous kinds, as many as fit. */
void tasklist_say(const struct tasklist *t, char *buf, size_t size);

#endif
