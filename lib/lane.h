/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lanes: the shared memory through which frames reach the host while the guest lives, and stay there when it dies.
 *
 * The region is a header page followed by one area a lane. Each lane has exactly one writer and never waits for its
 * reader. `head` counts the bytes ever written and `tail` the oldest byte still whole, both published with release;
 * head - tail never exceeds the lane's size. A frame never straddles the end: what is left there is skipped.
 *
 * A linear lane (virtual clock) is sized so that it never wraps: a full one stops and counts what it refused.
 * A ring (real clock) overwrites its oldest frames: the reader sees the loss as a hole in `seq`.
 */
#ifndef FUKA_LANE_H
#define FUKA_LANE_H

#include "lib/frame.h"
#include "lib/lane_format.h"

#include <pthread.h>
#include <stdbool.h>

const char *lane_name(enum lane_id id);

/* Sizes in bytes a lane should have; 0 for a lane nobody writes (it still gets one page). */
struct lanes_layout {
	uint64_t size[LANE_SHARED];
	bool ring;
};

/* Bytes of the whole region: a power of two, as a PCI BAR must be. */
uint64_t lanes_bytes(const struct lanes_layout *layout);

/* Guest: formats a region of at least lanes_bytes() zeroed bytes. The magic is published last. */
void lanes_format(void *region, const struct lanes_layout *layout);

/* One writer of one lane. */
struct lane_writer {
	struct lanes_header *header;
	struct lane_area *area;
	char *bytes;
	uint16_t id;
	bool ring;
};

void lane_writer(struct lane_writer *w, void *region, enum lane_id id);

/*
 * Writes one frame. `head` gives type, source, flags, tick, before_ns and after_ns; the lane fills in the rest.
 * Never blocks, never allocates. Returns 0, or -ENOSPC when a linear lane is full (counted), -EMSGSIZE when the
 * payload is more than half of the lane or FRAME_PAYLOAD_MAX (counted too).
 */
int lane_write(struct lane_writer *w, const struct frame_head *head, const void *payload);

/* Host: a reader with a place of its own in one lane. */
struct lane_reader {
	const struct lanes_header *header;
	const char *region;
	uint64_t region_bytes;
	enum lane_id id;
	uint64_t at;       /* bytes consumed */
	uint64_t next_seq; /* the sequence number expected next */
	uint64_t lost;     /* frames overwritten before they were read */
	uint64_t damaged;  /* places where what head promised was not a whole frame: skipped to head */
	char *copy;        /* the frame handed out: the guest may overwrite the original at any time */
	size_t copy_size;
};

/* -EAGAIN: the guest has not formatted the region yet; -EBADMSG: what is there is not ours. */
int lane_reader(struct lane_reader *r, const void *region, uint64_t bytes, enum lane_id id);

/* Next frame: 1 and *out, or 0 when there is none for now, or -ENOMEM. */
int lane_read(struct lane_reader *r, struct frame *out);

void lane_reader_free(struct lane_reader *r);

#endif
