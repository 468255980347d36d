/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_PRINTK_H
#define FUKA_PRINTK_H

#include <stdint.h>

#define PRINTK_US_MAX (INT64_MAX / 4 / 1000)

/*
 * Finds the kernel's text in a line of the console: what follows the first timestamp. Sets printk's time in µs; NULL if the
 * line has no timestamp. Anything may precede it, such as a login prompt or the output of a program.
 */
const char *printk_line(const char *line, int64_t *us);

#endif
