/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last stack that the kernel printed: whose, where, and in what context, by the functions that are on it. */
#ifndef FUKA_STACK_H
#define FUKA_STACK_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stddef.h>

#define STACK_FRAMES 16

struct stack {
	int cpu, pid;
	char comm[24];
	char frame[STACK_FRAMES][48]; /* innermost first: names without offsets; what the kernel doubts is left out */
	size_t frames, more;          /* kept; and how many there were beyond */
	const char *context;          /* "softirq", "hard interrupt", "task"; "" when no stack was printed */
	bool open;                    /* inside a trace */
};

/* One line of the console, without its timestamp. Begin with a zeroed struct. */
void stack_take(struct stack *s, const char *line);

/* From a recording's console. -errno. */
int stack_read(struct recording *r, struct stack *out);

#endif
