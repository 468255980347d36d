/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How large the lanes of a scenario are: the host sizes the shared memory by it, the guest formats it the same way. */
#ifndef FUKA_LANE_SIZES_H
#define FUKA_LANE_SIZES_H

#include "lab/scenario/scenario.h"
#include "lib/record/lane.h"

/* More than this is refused before the start: the whole region must fit the guest's PCI window and the host's disk. */
#define LANE_SIZES_REGION_MAX (512ull << 20)

/*
 * Virtual clock: linear lanes, duration × rate × sizes, never wrapped. Real clock: rings of a fixed size that the host
 * empties while the guest runs.
 */
void lane_sizes_of(const struct scenario *s, struct lanes_layout *out);

/*
 * The most raw bytes that a run's recording takes from the guest: twice what the sampler is expected to write until the
 * end, and LANE_SIZES_OUTPUT for what programs print and the kernel logs.
 */
uint64_t lane_sizes_max(const struct scenario *s);
#define LANE_SIZES_OUTPUT (256ull << 20)

#endif
