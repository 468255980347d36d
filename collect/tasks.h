/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task walk: which tasks are R or D, and where they wait; and the largest by resident memory. */
#ifndef FUKA_TASKS_H
#define FUKA_TASKS_H

#include <stddef.h>

/*
 * Walks /proc once and writes the text of a `tasks` sample into buf: a first line that begins with '#' and names the
 * columns, the rule of selection and how many tasks were left out, then one line a task:
 *
 *	pid tgid state policy wchan utime stime rss_kib comm
 *
 * (utime, stime in USER_HZ ticks; "-" where the kernel does not tell). Allocates nothing. Returns bytes written.
 */
size_t tasks_walk(char *buf, size_t size, int largest);

#endif
