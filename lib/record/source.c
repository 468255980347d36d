// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/record/source.h"

#include <string.h>

const struct source_row source_rows[SOURCE_COUNT] = {
#define SOURCE(name, lane, what) [SOURCE_##name] = {#name, LANE_##lane, what},
#include "lib/record/source_list.h"
#undef SOURCE
};

int source_number(const char *name)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (!strcmp(source_rows[i].name, name))
			return i;
	return -1;
}

bool source_is_sampled(int id)
{
	enum lane_id lane = source_rows[id].lane;

	return lane == LANE_FAST || lane == LANE_TASKS || lane == LANE_KMSG;
}

bool source_may_come_from(int id, int lane)
{
	if (id < 0 || id >= SOURCE_COUNT)
		return false;
	return lane == (int)source_rows[id].lane || (id == SOURCE_meta && lane == LANE_TIMELINE);
}
