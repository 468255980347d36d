/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of sources that lib/record/source_list.h describes. */
#ifndef FUKA_SOURCE_H
#define FUKA_SOURCE_H

#include "lib/record/lane_format.h"

#include <stdbool.h>

enum source_id {
#define SOURCE(name, lane, what) SOURCE_##name,
#include "lib/record/source_list.h"
#undef SOURCE
	SOURCE_COUNT,
};

struct source_row {
	const char *name;
	enum lane_id lane; /* the only one whose frames of this source count */
	const char *what;
};

extern const struct source_row source_rows[SOURCE_COUNT];

/* The number of a name, or -1. */
int source_number(const char *name);

/* Whether the sampler reads it: those that `record: sources` and --sources choose among. */
bool source_is_sampled(int id);

/*
 * Whether frames of source `id` may come from this lane. What a guest says of itself is the one frame of the source
 * meta in another lane than the host's: PID 1 writes it into the timeline's, and readers believe a few keys of it.
 */
bool source_may_come_from(int id, int lane);

#endif
