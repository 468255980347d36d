/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sizes of a scenario's lanes, by which the host sizes the shared memory and the guest formats it. */
#ifndef FUKA_LANE_SIZES_H
#define FUKA_LANE_SIZES_H

#include "lab/scenario/scenario.h"
#include "lib/record/lane.h"

/*
 * Larger regions are refused before the start: all of it must fit into the guest's PCI window and on the host's disk.
 */
#define LANE_SIZES_REGION_MAX (512ull << 20)

/*
 * Virtual clock: linear lanes of duration × rate × sizes, which never wrap. Real clock: rings of a fixed size that the
 * host empties while the guest runs.
 */
void lane_sizes_of(const struct scenario *s, struct lanes_layout *out);

/*
 * The maximum number of raw bytes that a run's recording accepts from the guest: twice what the sampler is expected to
 * write until the end, and LANE_SIZES_OUTPUT for the output of programs and the kernel log.
 */
uint64_t lane_sizes_max(const struct scenario *s);
#define LANE_SIZES_OUTPUT (256ull << 20)

#endif
