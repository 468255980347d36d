/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame holds what the guest (or the host that supervises it) read at one instant, unparsed: a file's bytes, a log
 * record, a timeline event. Lanes carry frames (lib/record/lane.h) and recordings store them (lib/record/recording.h).
 *
 * All integers are little-endian. Times are CLOCK_MONOTONIC of the recorded machine in nanoseconds.
 */
#ifndef FUKA_FRAME_H
#define FUKA_FRAME_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#define FRAME_PAYLOAD_MAX (4u << 20)

enum frame_type {
	FRAME_SAMPLE = 1, /* bytes of a kernel file or a system call's struct, as they were */
	FRAME_EVENT = 2,  /* one logfmt line (lib/text/logfmt.h): the timeline, the host */
	FRAME_LOG = 3,    /* one /dev/kmsg record, as read: "6,339,5140900,-;NET: Registered PF_INET6" */
	FRAME_META = 4,   /* one logfmt line that describes the recording itself */
	FRAME_TEXT = 5,   /* a run of bytes of a stream: the console, a program's output */
};

/* Flags of a frame. */
enum {
	FRAME_TRUNCATED = 1, /* the source had more bytes than the sampler's buffer; the payload is its beginning */
};

/* The same in shared memory and on disk. The payload follows; the next frame begins at the next multiple of 8. */
struct frame_head {
	uint32_t length; /* head + payload + padding; written last, with release, so that 0 means "not there yet" */
	uint32_t crc;    /* CRC-32C of the rest of the head and the payload */
	uint16_t type;   /* enum frame_type */
	uint16_t
		source; /* row of lib/record/source_list.h; the recording's first frames give the name of each number */
	uint16_t lane;  /* the writer's lane, enum lane_id */
	uint16_t flags;
	uint64_t seq;       /* increments by one per frame of a lane, so that a gap is a loss */
	uint64_t tick;      /* the sampler's tick, due at t0 + tick × interval; 0 for other frames */
	uint64_t before_ns; /* just before the read */
	uint64_t after_ns;  /* just after it */
	uint32_t payload_length;
	uint32_t reserved; /* 0 */
};

_Static_assert(sizeof(struct frame_head) == 56, "the head is part of a file format");

/* A frame in memory. The payload is valid until the next call of the function that returned the frame. */
struct frame {
	struct frame_head head;
	const char *payload;
};

/* Returns the length of a frame with this payload, padded to 8. */
static inline size_t frame_length(size_t payload_length)
{
	return (sizeof(struct frame_head) + payload_length + 7) & ~(size_t)7;
}

#ifndef __KERNEL__
/* Returns the CRC-32C (Castagnoli) of a frame without head->length and head->crc. */
uint32_t frame_crc(const struct frame_head *head, const void *payload);

/*
 * Parses one frame from `n` bytes. Returns its length and fills *out (the payload points into `bytes`), 0 when the
 * frame is not complete yet (its length is 0 or exceeds n), or -EBADMSG when it is damaged.
 */
long frame_parse(const void *bytes, size_t n, struct frame *out);
#endif

#endif
