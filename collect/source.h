/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of sources that collect/list.h describes. */
#ifndef FUKA_SOURCE_H
#define FUKA_SOURCE_H

#include <stddef.h>

enum source_id {
#define SOURCE(name, room, what) SOURCE_##name,
#include "collect/list.h"
#undef SOURCE
	SOURCE_COUNT,
};

enum source_room {
	ROOM_FAST,
	ROOM_TASKS,
	ROOM_KMSG,
	ROOM_OTHER
};

struct source_row {
	const char *name;
	enum source_room room;
	const char *what;
};

extern const struct source_row source_rows[SOURCE_COUNT];

#endif
