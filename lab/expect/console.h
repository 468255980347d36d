/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the console that a recording has: none, some (FRAME_TRUNCATED), or all of it. */
#ifndef FUKA_EXPECT_CONSOLE_H
#define FUKA_EXPECT_CONSOLE_H

#include "lib/record/recording.h"

enum console_extent {
	CONSOLE_NONE,
	CONSOLE_CUT,
	CONSOLE_WHOLE
};

/* Returns an enum console_extent, or -errno if it cannot be read. */
int console_extent(struct recording *r);

#endif
