/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame is one thing the guest (or the host that watches it) saw at one instant, unparsed: a file's bytes, a log
 * record, a timeline event. Frames are what lanes carry (lib/record/lane.h) and what a recording stores (lib/record/recording.h).
 *
 * All integers little-endian, times CLOCK_MONOTONIC of the recorded machine in nanoseconds.
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
	FRAME_TRUNCATED = 1, /* the source had more bytes than the sampler's buffer: the payload is its beginning */
};

/* In shared memory and on disk alike. The payload follows; the next frame begins at the next multiple of 8. */
struct frame_head {
	uint32_t length; /* head + payload + padding; written last, with release: 0 means "not there yet" */
	uint32_t crc;    /* CRC-32C of everything after this field: the rest of the head, then the payload */
	uint16_t type;   /* enum frame_type */
	uint16_t
		source; /* row of lib/record/source_list.h; the recording's first frames say the name of each number used */
	uint16_t lane; /* who wrote it: enum lane_id */
	uint16_t flags;
	uint64_t seq;       /* counts up by one in each lane: a hole is a loss */
	uint64_t tick;      /* the sampler's tick: the sample was due at t0 + tick × interval; 0 elsewhere */
	uint64_t before_ns; /* just before the read */
	uint64_t after_ns;  /* just after it */
	uint32_t payload_length;
	uint32_t reserved; /* 0 */
};

_Static_assert(sizeof(struct frame_head) == 56, "the head is part of a file format");

/* A frame in memory: the head and where the payload is. Valid until the next call on whatever handed it out. */
struct frame {
	struct frame_head head;
	const char *payload;
};

/* Whole length of a frame with this payload, padded to 8. */
static inline size_t frame_length(size_t payload_length)
{
	return (sizeof(struct frame_head) + payload_length + 7) & ~(size_t)7;
}

#ifndef __KERNEL__
/* CRC-32C (Castagnoli) of a frame; head->length and head->crc do not count. */
uint32_t frame_crc(const struct frame_head *head, const void *payload);

/*
 * Looks at `n` bytes for one whole frame. Returns its length and fills *out (payload points into `bytes`), or
 * 0 when the frame is not there yet (length 0, or not all of it within n), or -EBADMSG when it is damaged.
 */
long frame_parse(const void *bytes, size_t n, struct frame *out);
#endif

#endif
