/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of the shared memory, for PID 1 and the kernel module, which write it, and for the host. */
#ifndef FUKA_LANE_FORMAT_H
#define FUKA_LANE_FORMAT_H

#include "lib/record/frame.h"

#define LANES_MAGIC   "fukalane"
#define LANES_VERSION 1

enum lane_id {
	LANE_FAST,     /* the fast sampler's fixed files */
	LANE_TASKS,    /* the task walk, which may stall without delaying the fast lane */
	LANE_KMSG,     /* the kernel's log */
	LANE_TIMELINE, /* events, generators' records, programs' output */
	LANE_KMOD,     /* the kernel module's record of what it did */
	LANE_HOST,     /* only in recordings: the host's events (QMP, console, how the machine ended) */
	LANE_COUNT,
};

#define LANE_SHARED LANE_HOST /* lanes that exist in shared memory */

struct lane_area {
	uint64_t offset; /* of the area's first byte from the region's */
	uint64_t size;   /* bytes, a multiple of 4096 */
	uint64_t head;
	uint64_t tail;
	uint64_t refused; /* frames that a full linear lane refused */
	uint64_t seq;     /* the next frame's */
};

struct lanes_header {
	char magic[8];
	uint32_t version;
	uint32_t ring; /* 1: areas overwrite; 0: areas are linear */
	struct lane_area lane[LANE_SHARED];
};

#endif
