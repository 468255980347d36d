/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A `tasks` sample, read: the tasks in R or D by what they are and where they wait, and the largest one. */
#ifndef FUKA_TASKLIST_H
#define FUKA_TASKLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TASKLIST_KINDS 32

/* Tasks of one state, wait channel and name. */
struct task_kind {
	char state, wchan[40], comm[32];
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

/* Lines that are not whole count as nothing. */
void tasklist_read(const char *text, size_t n, struct tasklist *out);

/* "8 D kernel_clone (dstate), 1 R (cc1)": the most numerous kinds, as many as fit. */
void tasklist_text(const struct tasklist *t, char *buf, size_t size);

#endif
