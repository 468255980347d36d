// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/source.h"

const struct source_row source_rows[SOURCE_COUNT] = {
#define SOURCE(name, room, what) [SOURCE_##name] = {#name, ROOM_##room, what},
#include "collect/list.h"
#undef SOURCE
};
