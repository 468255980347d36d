/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The structures on disk that docs/format.md specifies, for the writer and the reader only. They are little-endian and
 * have no padding:
 *
 *	file_head | block_head packed… | block_head packed… | … | index_head index_entry… | trailer
 */
#ifndef FUKA_RECORDING_FORMAT_H
#define FUKA_RECORDING_FORMAT_H

#include "lib/record/frame.h"

#include <stdint.h>

#define RECORDING_MAGIC   "fuka\r\n\x1a\n" /* a transfer in text mode damages it visibly */
#define RECORDING_VERSION 1
#define BLOCK_MAGIC       "fblk"
#define INDEX_MAGIC       "fidx"
#define TRAILER_MAGIC     "fukaend\n"

#define SOURCE_META 0 /* the number of the source 'meta' in every recording */

#define BLOCK_RAW (256u << 10)                                        /* a block ends before it would exceed this … */
#define BLOCK_MAX (FRAME_PAYLOAD_MAX + sizeof(struct frame_head) + 8) /* … unless a single frame is larger */
#define BLOCK_NS  10000000000ull /* … and at each multiple of this in the frames' time */

#define BLOCK_COPY 1 /* flag of a second copy of the meta block, with the same number, in case the first is damaged */

struct file_head {
	char magic[8];
	uint32_t version;
	uint32_t crc; /* CRC-32C of the 12 bytes before it */
};

struct block_head {
	char magic[4];
	uint32_t head_crc; /* CRC-32C of the rest of this head */
	uint64_t number;   /* 0, 1, 2, … in the order of the file; a gap is a lost block */
	uint16_t source;
	uint16_t flags;
	uint32_t frames;       /* >= 1 */
	uint32_t raw_bytes;    /* the frames, each with its head and padding */
	uint32_t packed_bytes; /* one zstd frame, immediately after this head */
	uint32_t packed_crc;   /* CRC-32C of these packed bytes */
	uint32_t reserved;     /* 0 */
	uint64_t first_ns;     /* smallest and largest before_ns of the frames */
	uint64_t last_ns;
};

struct index_head {
	char magic[4];
	uint32_t crc; /* CRC-32C of count and the entries */
	uint64_t count;
};

struct index_entry {
	uint64_t offset; /* of the block's head from the file's beginning */
	struct block_head head;
};

struct trailer {
	uint64_t index_offset;
	char magic[8];
};

_Static_assert(sizeof(struct file_head) == 16 && sizeof(struct block_head) == 56 && sizeof(struct index_entry) == 64 &&
		       sizeof(struct index_head) == 16 && sizeof(struct trailer) == 16,
	       "these are a file format");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian and so is this code");

/* CRC-32C of a block's head after its first two fields. */
uint32_t block_head_crc(const struct block_head *head);

#endif
