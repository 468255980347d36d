/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the reader share, and nobody else: recording_blocks.c finds the whole blocks of a file,
 * recording_cursor.c unpacks them into frames, recording_meta.c reads what the recording says of itself, recording.c
 * opens and closes.
 */
#ifndef FUKA_RECORDING_READER_H
#define FUKA_RECORDING_READER_H

#include "lib/record/recording.h"
#include "lib/record/recording_format.h"

#include <zstd.h>

/*
 * Bounds of what one file can make a reader hold or unpack; what is beyond is left out, and told. Real recordings pack to
 * a thirtieth; the blocks of 1 GiB are a month of a machine.
 */
#define UNPACK_LEAST (256ull << 20) /* bytes that any file may unpack to … */
#define UNPACK_RATIO 256            /* … or so many times its size */
#define BLOCKS_MAX   (1u << 21)     /* 64 MiB of places of blocks */

/* What recording_meta() has already looked up: the strings it handed out must stay. */
struct meta_value {
	struct meta_value *next;
	char *key, *value; /* value NULL: known to be absent */
};

struct meta_cache {
	struct meta_value *first;
};

/* A meta frame's logfmt lines. */
struct meta_text {
	char *bytes;
	size_t n;
	bool guest; /* not the host's: only a few of its keys count */
};

/* Where a block is, and the next of its source. */
struct block_place {
	uint64_t offset;
	uint32_t number; /* 32 bits of it: they tell a copy from its original */
	uint32_t raw_bytes, packed_bytes, frames;
	uint32_t next;
	uint16_t source;
	uint16_t flags;
};

#define NOWHERE UINT32_MAX

struct block_chain {
	uint32_t first, last;
	uint64_t frames;
};

struct recording {
	char *path, *title;
	int fd;
	uint64_t size;
	struct block_place *block; /* whole ones, in the order of the file */
	size_t count;
	struct block_chain *chain; /* by source number … */
	size_t chains;             /* … up to the highest that any block has */
	ZSTD_DCtx *zstd;           /* of all cursors, one block at a time */
	struct recording_totals totals;
	char **name; /* by source number … */
	int *known;  /* … and its row in lib/record/source_list.h, or -1 */
	size_t names;
	struct meta_text *meta; /* logfmt lines of the meta frames that are not meta=source */
	size_t metas;
	struct meta_cache *cache;
	char damage[512];
	/* what the damage sentence is made of */
	uint64_t lost_blocks, lost_frames, lost_bytes, first_lost, mended_heads;
	bool no_index, bad_inside, foreign;
	uint64_t beyond; /* blocks beyond a bound */
	uint64_t unpacks_to, metas_left;
	size_t meta_bytes;
	uint64_t tail_from, tail_bytes; /* an unfinished end */
};

/* Finds the whole blocks, by the index or without it, and notes what is lost. */
int recording_blocks_find(struct recording *r);

/* Whether the file's head is that of a recording which this fuka reads; says why not. */
int recording_head_check(const struct recording *r);

/* n bytes of the file; -ENODATA beyond its end. */
int recording_read_at(const struct recording *r, void *bytes, size_t n, uint64_t at);

/* A cursor over one source by its number, which needs no names. */
int recording_cursor_of(struct recording *r, int source, struct recording_cursor **out);

/* Reads all meta frames: the sources' names, the texts, the title. */
int recording_meta_read(struct recording *r);
void recording_meta_free(struct recording *r);

#endif
