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

#include "lib/record/frame.h"
#include "lib/record/lane_format.h"

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

/*
 * Host: a reader with a place of its own in one lane. Everything in shared memory is the guest's, which is hostile:
 * where the lane lies is taken from the host's own layout, never from the header; positions are read once a look,
 * checked, and may only grow; a frame is copied out before it is looked at.
 */
struct lane_reader {
	const struct lane_area *area; /* of which head, tail and refused are read */
	const char *bytes;
	uint64_t size;
	enum lane_id id;
	bool ring;
	bool broken;       /* its positions were impossible: the guest is no writer of ours, nothing more is read */
	uint64_t at;       /* bytes consumed */
	uint64_t head;     /* where the present look ends */
	uint64_t next_seq; /* the sequence number expected next */
	uint64_t lost;     /* frames overwritten before they were read */
	uint64_t damaged;  /* places where what head promised was not a whole frame: skipped to the look's end */
	char *copy;        /* the frame handed out: the guest may overwrite the original at any time */
	size_t copy_size;
};

/*
 * `region` has lanes_bytes(layout) bytes. -EAGAIN: the guest has not formatted it yet; -EBADMSG: what is there is not
 * ours.
 */
int lane_reader(struct lane_reader *r, const void *region, const struct lanes_layout *layout, enum lane_id id);

/*
 * A look: what the lane holds now, at most its size. Ends the look before. lane_read() hands out its frames, so that
 * a guest that writes without end cannot keep its reader.
 */
void lane_look(struct lane_reader *r);

/* Next frame of the look: 1 and *out, or 0 at its end, or -ENOMEM. */
int lane_read(struct lane_reader *r, struct frame *out);

/* Frames that the writer of a linear lane counted as refused, by its own word. */
uint64_t lane_refused(const struct lane_reader *r);

void lane_reader_free(struct lane_reader *r);

#endif
