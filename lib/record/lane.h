/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lanes are the shared memory through which frames reach the host while the guest runs; frames stay there when it dies.
 *
 * The region is a header page followed by one area per lane. Each lane has exactly one writer, which never waits for
 * the reader. `head` counts the bytes ever written and `tail` is the oldest byte still whole, both published with
 * release; head - tail never exceeds the lane's size. A frame never crosses the area's end; the unused bytes there are
 * skipped.
 *
 * A linear lane (virtual clock) never wraps and is sized for that; when full, it only counts the frames it refuses. A
 * ring (real clock) overwrites its oldest frames; the reader sees the loss as a gap in `seq`.
 */
#ifndef FUKA_LANE_H
#define FUKA_LANE_H

#include "lib/record/frame.h"
#include "lib/record/lane_format.h"

#include <pthread.h>
#include <stdbool.h>

const char *lane_name(enum lane_id id);

/* Sizes in bytes of the lanes; 0 for a lane without a writer, which still gets one page. */
struct lanes_layout {
	uint64_t size[LANE_SHARED];
	bool ring;
};

/* Returns the bytes of the whole region, a power of two because a PCI BAR must be one. */
uint64_t lanes_bytes(const struct lanes_layout *layout);

/* Formats, in the guest, a region of at least lanes_bytes() zeroed bytes. The magic is published last. */
void lanes_format(void *region, const struct lanes_layout *layout);

/* The writer of a lane. */
struct lane_writer {
	struct lanes_header *header;
	struct lane_area *area;
	char *bytes;
	uint16_t id;
	bool ring;
};

void lane_writer(struct lane_writer *w, void *region, enum lane_id id);

/*
 * Writes one frame. `head` gives type, source, flags, tick, before_ns and after_ns; the lane fills in the rest. Never
 * blocks and never allocates. Returns 0, -ENOSPC when a linear lane is full, or -EMSGSIZE when the payload is more than
 * half of the lane or FRAME_PAYLOAD_MAX; both are counted.
 */
int lane_write(struct lane_writer *w, const struct frame_head *head, const void *payload);

/*
 * The host's reader of one lane. The guest, which may be hostile, can write anything to shared memory: so where the
 * lane lies is taken from the host's own layout, never from the header; positions are read once per look, checked, and
 * may only grow; a frame is copied out before it is parsed.
 */
struct lane_reader {
	const struct lane_area *area; /* only head, tail and refused are read of it */
	const char *bytes;
	uint64_t size;
	enum lane_id id;
	bool ring;
	bool broken;       /* its positions were impossible, so that fuka did not write them; nothing more is read */
	uint64_t at;       /* bytes consumed */
	uint64_t head;     /* where the present look ends */
	uint64_t next_seq; /* the sequence number expected next */
	uint64_t lost;     /* frames overwritten before they were read */
	uint64_t damaged;  /* places without the whole frame that head announced; the rest of the look is skipped */
	char *copy;        /* the frame returned, since the guest may overwrite the original at any time */
	size_t copy_size;
};

/*
 * `region` has lanes_bytes(layout) bytes. Returns 0, -EAGAIN when the guest has not formatted it yet, or -EBADMSG when
 * it has another format.
 */
int lane_reader(struct lane_reader *r, const void *region, const struct lanes_layout *layout, enum lane_id id);

/*
 * Begins a look, which is what the lane holds now, at most its size, and ends the one before. lane_read() returns the
 * look's frames only, so that a guest that never stops writing cannot occupy the reader for ever.
 */
void lane_look(struct lane_reader *r);

/* Reads the next frame of the look. Returns 1 and *out, 0 at its end, or -ENOMEM. */
int lane_read(struct lane_reader *r, struct frame *out);

/* Returns how many frames a linear lane refused, as the guest counted them. */
uint64_t lane_refused(const struct lane_reader *r);

void lane_reader_free(struct lane_reader *r);

#endif
