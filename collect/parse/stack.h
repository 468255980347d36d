/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last stack that the kernel printed: its task, its frames, and its context, as determined from the functions on
 * it.
 */
#ifndef FUKA_STACK_H
#define FUKA_STACK_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stddef.h>

#define STACK_FRAMES 16

struct stack {
	int cpu, pid;
	char comm[24];
	char frame[STACK_FRAMES][48]; /* innermost first, without offsets; unreliable entries ("?") are omitted */
	size_t frames, more;          /* frames kept, and frames beyond those */
	const char *context;          /* "softirq", "hard interrupt", "task"; "" if no stack was printed */
	bool open;                    /* inside a trace */
};

/* Takes one line of the console, without its timestamp. Start with a zeroed struct. */
void stack_take(struct stack *s, const char *line);

/* Reads the last stack on a recording's console. 0 or -errno. */
int stack_read(struct recording *r, struct stack *out);

#endif
