/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internal to the reader: recording_blocks.c finds the whole blocks of a file, recording_cursor.c unpacks them into
 * frames, recording_meta.c reads the meta frames, recording.c opens and closes.
 */
#ifndef FUKA_RECORDING_READER_H
#define FUKA_RECORDING_READER_H

#include "lib/record/recording.h"
#include "lib/record/recording_format.h"

#include <zstd.h>

/*
 * Limits of what a file can make the reader keep or unpack; the rest is left out and reported. Real recordings are
 * packed to a thirtieth of their size; the blocks of 1 GiB are a month of a machine.
 */
#define UNPACK_LEAST (256ull << 20) /* bytes that any file may unpack to … */
#define UNPACK_RATIO 256            /* … or this many times its size, if that is more */
#define BLOCKS_MAX   (1u << 21)     /* 64 MiB of struct block_place */

/* What recording_meta() has looked up, because the strings it returned must stay. */
struct meta_value {
	struct meta_value *next;
	char *key, *value; /* a NULL value means that the key is absent */
};

struct meta_cache {
	struct meta_value *first;
};

/* The logfmt line of a meta frame. */
struct meta_text {
	char *bytes;
	size_t n;
	bool guest; /* written by the guest, so that only a few of its keys are used */
};

/* The place of a block and of its source's next block. */
struct block_place {
	uint64_t offset;
	uint32_t number; /* the low 32 bits, enough to find a copy's original */
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
	ZSTD_DCtx *zstd;           /* shared by all cursors, for one block at a time */
	struct recording_totals totals;
	char **name; /* by source number … */
	int *known;  /* … and its row in lib/record/source_list.h, or -1 */
	size_t names;
	struct meta_text *meta; /* logfmt lines of the meta frames that are not meta=source */
	size_t metas;
	struct meta_cache *cache;
	char damage[512];
	/* for the sentence in damage */
	uint64_t lost_blocks, lost_frames, lost_bytes, first_lost, mended_heads;
	bool no_index, bad_inside, foreign;
	uint64_t beyond; /* blocks beyond a limit */
	uint64_t unpacks_to, metas_left;
	size_t meta_bytes;
	uint64_t tail_from, tail_bytes; /* an unfinished end */
};

/* Finds the whole blocks, with or without the index, and notes what is lost. */
int recording_blocks_find(struct recording *r);

/* Returns 0 when the file's head is that of a recording in a known format, otherwise -errno with a message. */
int recording_head_check(const struct recording *r);

/* Reads n bytes of the file. Returns -ENODATA beyond its end. */
int recording_read_at(const struct recording *r, void *bytes, size_t n, uint64_t at);

/* Makes a cursor over one source by its number, before the sources' names are known. */
int recording_cursor_of(struct recording *r, int source, struct recording_cursor **out);

/* Reads all meta frames: the sources' names, the texts, the title. */
int recording_meta_read(struct recording *r);
void recording_meta_free(struct recording *r);

#endif
