/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a load's tasks run and within what bounds: scheduling, affinity, the OOM killer's adjustment, a control group.
 * libcgroup makes and removes groups, named "fuka.GENERATOR.PID". Parameters have cgroup v2's names; on a v1 host
 * memory.max, cpu.max, pids.max and io.max are mapped to v1's equivalents, and the rest is refused by name.
 */
#ifndef FUKA_PLACE_H
#define FUKA_PLACE_H

#include "loadgen/harness/loadgen.h"

#include <stdbool.h>
#include <sys/types.h>

/* Scheduling policies as parameters name them. */
#define PLACE_POLICIES(X)                                                                                              \
	X(OTHER, "other", SCHED_OTHER)                                                                                 \
	X(BATCH, "batch", SCHED_BATCH)                                                                                 \
	X(IDLE, "idle", SCHED_IDLE)                                                                                    \
	X(FIFO, "fifo", SCHED_FIFO)                                                                                    \
	X(RR, "rr", SCHED_RR)

struct place_group {
	char name[64];        /* "fuka.cpu.123" below the controllers' mounts */
	char controllers[64]; /* "memory cpu": those whose resources it bounds */
	char dir[256];        /* its directory, memory's on v1; "" when there is no group */
};

/* Whether any of the parameters needs a group. */
bool place_wants_group(const struct load_common *c);

/* Makes the group. -errno with a message: what could not be set, where, and which privilege is missing. */
int place_group_make(const struct load_common *c, const char *generator, pid_t id, struct place_group *out);

/* Moves the calling process into it. */
int place_group_enter(const struct place_group *g);

/* Removes the group once it is empty; waits at most two seconds for its last task. */
int place_group_remove(const struct place_group *g);

/* Sets the calling process's nice value, policy, affinity and oom_score_adj. -errno with a message. */
int place_self(const struct load_common *c);

/* Refuses what contradicts itself. */
int place_check(const struct load_common *c, char why[PARAM_WHY]);

#endif
