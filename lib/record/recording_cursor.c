// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unpacks blocks into frames and merges the sources by time. The contents of a block are checked as the file is: a
 * frame that is not whole, or in a lane that may not carry its source, is left out and reported.
 */
#include "lib/record/recording_reader.h"
#include "lib/record/lane.h"
#include "lib/record/source.h"
#include "lib/base/array.h"
#include "lib/base/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCES_MAX 256 /* most sources of one cursor */

/* A place in the frames of one source. */
struct stream {
	uint16_t source;
	uint32_t next_block; /* the next to unpack, in r->block */
	uint32_t this_block; /* the one in raw */
	char *raw;
	size_t n, at, capacity;
	bool have;
	struct frame frame; /* the next one, if have is set */
};

struct recording_cursor {
	struct recording *r;
	struct stream *stream;
	size_t count;
	struct stream *taken; /* the stream of the frame that was returned last */
	char *packed;
	size_t packed_capacity;
};

static int reserve(char **bytes, size_t *capacity, size_t n)
{
	if (n <= *capacity)
		return 0;
	char *grown = realloc(*bytes, n);
	if (!grown)
		return -ENOMEM;
	*bytes = grown;
	*capacity = n;
	return 0;
}

/* Unpacks block e into the stream. Returns -EBADMSG when it does not have the size in its head. */
static int unpack(struct recording_cursor *c, struct stream *s, const struct block_place *e)
{
	int err = reserve(&c->packed, &c->packed_capacity, e->packed_bytes);

	if (!err)
		err = reserve(&s->raw, &s->capacity, e->raw_bytes);
	if (!err)
		err = recording_read_at(c->r, c->packed, e->packed_bytes, e->offset + sizeof(struct block_head));
	if (err)
		return err;
	size_t n = ZSTD_decompressDCtx(c->r->zstd, s->raw, e->raw_bytes, c->packed, e->packed_bytes);
	s->at = 0;
	s->n = ZSTD_isError(n) ? 0 : n;
	return ZSTD_isError(n) || n != e->raw_bytes ? -EBADMSG : 0;
}

/* Notes a block with a valid checksum but invalid frames, written by a faulty or malicious program. */
static void note_bad_inside(struct recording *r, const struct block_place *e)
{
	r->bad_inside = true;
	if (!r->damage[0])
		snprintf(r->damage, sizeof(r->damage),
			 "the block at offset %" PRIu64
			 " does not hold the %u frames it claims: the rest of it is left out",
			 e->offset, e->frames);
}

/* Whether the frame's lane may carry its source. Sources of a newer fuka are accepted from any lane. */
static bool lane_is_right(const struct recording *r, const struct frame_head *h)
{
	int known = h->source == SOURCE_META ? SOURCE_meta : h->source < r->names ? r->known[h->source] : -1;

	return known < 0 || source_may_come_from(known, h->lane);
}

static void note_foreign(struct recording *r, const struct frame_head *h)
{
	const char *name = recording_source_name(r, h->source);

	r->foreign = true;
	if (!r->damage[0])
		snprintf(r->damage, sizeof(r->damage),
			 "frames of the source '%s' in the lane '%s' are left out: that lane may not carry them, so "
			 "they are forged",
			 name ? name : "meta", lane_name(h->lane));
}

/* Puts the stream's next frame into s->frame. Returns 1, 0 at the stream's end, or -errno. */
static int stream_next(struct recording_cursor *c, struct stream *s)
{
	s->have = false;
	for (;;) {
		if (s->at < s->n) {
			long length = frame_parse(s->raw + s->at, s->n - s->at, &s->frame);

			if (length > 0 && s->frame.head.source == s->source) {
				s->at += length;
				if (lane_is_right(c->r, &s->frame.head)) {
					s->have = true;
					return 1;
				}
				note_foreign(c->r, &s->frame.head);
				continue;
			}
			note_bad_inside(c->r, &c->r->block[s->this_block]);
			s->at = s->n;
		}
		if (s->next_block == NOWHERE)
			return 0;
		const struct block_place *e = &c->r->block[s->next_block];
		int err = unpack(c, s, e);

		s->this_block = s->next_block;
		s->next_block = e->next;

		if (err == -EBADMSG)
			note_bad_inside(c->r, e);
		else if (err)
			return say_err(err, "%s: cannot read the block at offset %" PRIu64 ": %s", c->r->path,
				       e->offset, strerror(-err));
	}
}

/*
 * A block larger than BLOCK_RAW has only one frame. It is not kept until that frame's turn comes, because a hundred
 * sources could have one of 4 MiB each.
 */
static int stream_step(struct recording_cursor *c, struct stream *s)
{
	int got = stream_next(c, s);

	if (got > 0 && s->n > BLOCK_RAW && c->count > 1) {
		free(s->raw);
		s->raw = NULL;
		s->capacity = 0;
		s->at = s->n;
	}
	return got;
}

/* Unpacks the payload of s->frame again if it was not kept. */
static int stream_recall(struct recording_cursor *c, struct stream *s)
{
	int err = s->raw ? 0 : unpack(c, s, &c->r->block[s->this_block]);

	if (!err && s->at != s->n && s->n > BLOCK_RAW && frame_parse(s->raw, s->n, &s->frame) <= 0)
		err = -EBADMSG; /* the file has changed */
	if (s->n > BLOCK_RAW)
		s->at = s->n;
	return err;
}

static uint32_t first_block(const struct recording *r, int source)
{
	return (size_t)source < r->chains ? r->chain[source].first : NOWHERE;
}

static int stream_add(struct recording_cursor *c, int source)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->stream[i].source == source)
			return 0;
	if (c->count == SOURCES_MAX)
		return say_err(-E2BIG, "%s: it has more than %d sources, which no recording has", c->r->path,
			       SOURCES_MAX);
	return array_push(c->stream, c->count,
			  (struct stream){.source = source, .next_block = first_block(c->r, source)});
}

static int streams_of(struct recording_cursor *c, const char *const *sources)
{
	int err = 0;

	if (!sources) {
		for (size_t i = 0; i < c->r->chains && !err; i++)
			if (c->r->chain[i].first != NOWHERE)
				err = stream_add(c, (int)i);
		return err;
	}
	for (; *sources && !err; sources++) {
		int source = recording_source(c->r, *sources);

		if (source >= 0)
			err = stream_add(c, source);
	}
	return err;
}

/* Reads the first frame of each stream. */
static int cursor_start(struct recording_cursor *c, int err, struct recording_cursor **out)
{
	for (size_t i = 0; i < c->count && err >= 0; i++)
		err = stream_step(c, &c->stream[i]);
	if (err < 0) {
		recording_cursor_free(c);
		return err;
	}
	*out = c;
	return 0;
}

static struct recording_cursor *cursor_new(struct recording *r)
{
	struct recording_cursor *c = calloc(1, sizeof(*c));

	if (c)
		c->r = r;
	return c;
}

int recording_cursor(struct recording *r, const char *const *sources, struct recording_cursor **out)
{
	struct recording_cursor *c = cursor_new(r);

	return c ? cursor_start(c, streams_of(c, sources), out) : -ENOMEM;
}

int recording_cursor_of(struct recording *r, int source, struct recording_cursor **out)
{
	struct recording_cursor *c = cursor_new(r);

	return c ? cursor_start(c, stream_add(c, source), out) : -ENOMEM;
}

static bool comes_before(const struct frame_head *a, const struct frame_head *b)
{
	if (a->before_ns != b->before_ns)
		return a->before_ns < b->before_ns;
	if (a->lane != b->lane)
		return a->lane < b->lane;
	return a->seq < b->seq;
}

int recording_next(struct recording_cursor *c, struct frame *out)
{
	struct stream *best = NULL;

	if (c->taken) {
		int err = stream_step(c, c->taken);

		if (err < 0)
			return err;
		c->taken = NULL;
	}
	for (size_t i = 0; i < c->count; i++) {
		struct stream *s = &c->stream[i];

		if (s->have && (!best || comes_before(&s->frame.head, &best->frame.head)))
			best = s;
	}
	if (!best)
		return 0;
	int err = stream_recall(c, best);
	if (err)
		return say_err(err, "%s: cannot read a block again: %s", c->r->path, strerror(-err));
	c->taken = best;
	*out = best->frame;
	return 1;
}

void recording_cursor_free(struct recording_cursor *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		free(c->stream[i].raw);
	free(c->stream);
	free(c->packed);
	free(c);
}
