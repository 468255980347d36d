/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the sources in lib/record/source_list.h. */
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
	enum lane_id lane; /* the only lane from which frames of this source are accepted */
	const char *what;
};

extern const struct source_row source_rows[SOURCE_COUNT];

/* Returns the number of a name, or -1. */
int source_number(const char *name);

/* Whether a sampler reads it, so that `record: sources` and --sources can choose it. */
bool source_is_sampled(int id);

/*
 * Whether frames of source `id` may come from this lane. Only the source meta may come from two: besides the host's
 * lane, PID 1 describes the guest in the timeline's, and readers use a few keys of that.
 */
bool source_may_come_from(int id, int lane);

#endif
