/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's bytes, searched for what the kernel printed. */
#ifndef FUKA_CONSOLE_H
#define FUKA_CONSOLE_H

#include "lib/recording.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a line with a printk timestamp holds `part`; `seen` says which, or that there was none. */
bool console_judge(struct recording *r, const char *part, char *seen, size_t size);

#endif
