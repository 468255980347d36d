/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses a `tasks` sample (collect/sample/task_walk.h): line by line, or summed up by the kinds of tasks in R or D. */
#ifndef FUKA_PARSE_TASK_WALK_H
#define FUKA_PARSE_TASK_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TASKLIST_KINDS 32

/* The state of reading a text. */
struct task_walk_text {
	const char *next, *end;
	bool grouped; /* its lines have a cgroup, which older recordings lack */
	long left_out, unseen;
};

/* A line of it. A column is "-" if the kernel did not provide the value. */
struct task_walk_line {
	int pid, tgid;
	char state;
	char wchan[40], cgroup[160], comm[32];
	unsigned long utime, stime; /* USER_HZ ticks */
	long rss_kib;
	char frame[200]; /* a frame of the kernel stack of task `pid`, with all else unset; else "" */
};

struct task_walk_text task_walk_text(const char *text, size_t n);

/* Reads the next line of a task or of a stack; skips incomplete lines. False at the end. */
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
	long others, unseen; /* tasks looked at but not listed; tasks that this walk did not look at */
	char largest[32];    /* comm; "" if there is none */
	int largest_pid;
	long largest_kib;
};

void task_walk_read(const char *text, size_t n, struct task_walk *out);

/* Writes the most numerous kinds, as many as fit: "8 D dstate in kernel_clone, 1 R cc1 of /user.slice". */
void task_walk_say(const struct task_walk *t, char *buf, size_t size);

#endif
