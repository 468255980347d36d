/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's bytes, searched for what the kernel printed. */
#ifndef FUKA_CONSOLE_H
#define FUKA_CONSOLE_H

#include "lab/verdict.h"

#include <stddef.h>

/*
 * Whether a line with a printk timestamp holds `part`; `seen` says which, or that there was none. Unknown when there is
 * none in what was recorded, and that is not the whole console.
 */
enum judgement console_judge(struct recording *r, const char *part, char *seen, size_t size);

/* Whether the recording has a console at all, and whether it is all of it (FRAME_TRUNCATED). -errno when unreadable. */
enum console_extent {
	CONSOLE_NONE,
	CONSOLE_CUT,
	CONSOLE_WHOLE
};
int console_extent(struct recording *r);

#endif
