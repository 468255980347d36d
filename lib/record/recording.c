// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads recordings, including what is left of damaged ones. Nothing that a file says is believed before it is checked:
 * every size against its bound and the file's end, every head and payload against its CRC-32C.
 *
 * Opening verifies each block once. With a whole index the blocks are where it says (a block whose own head is damaged
 * is read by the index's copy of it); without one the file is walked from its beginning, and behind damage the search
 * goes on for the next head that is whole.
 */
#include "lib/record/recording.h"
#include "lib/base/array.h"
#include "lib/base/crc32c.h"
#include "lib/record/lane.h"
#include "lib/text/logfmt.h"
#include "lib/record/recording_format.h"
#include "lib/base/say.h"
#include "lib/record/source.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define CHUNK (1u << 20)

/*
 * Bounds of what one file can make a reader hold or unpack; what is beyond is left out, and told. Real recordings pack to
 * a thirtieth; the blocks of 1 GiB are a month of a machine.
 */
#define BLOCKS_MAX   (1u << 21)     /* 64 MiB of places of blocks */
#define UNPACK_LEAST (256ull << 20) /* bytes that any file may unpack to … */
#define UNPACK_RATIO 256            /* … or so many times its size */
#define META_MAX     (1u << 20)     /* text of meta frames */
#define SOURCES_MAX  256            /* that one cursor walks at once */

struct meta_value {
	struct meta_value *next;
	char *key, *value; /* value NULL: known to be absent */
};

/* What recording_meta() has already looked up: the strings it handed out must stay. */
struct meta_cache {
	struct meta_value *first;
};

struct text {
	char *bytes;
	size_t n;
	bool guest; /* not the host's: only a few of its keys count */
};

/* Where a block is, and the next of its source. */
struct place {
	uint64_t offset;
	uint32_t number; /* 32 bits of it: they tell a copy from its original */
	uint32_t raw_bytes, packed_bytes, frames;
	uint32_t next;
	uint16_t source;
	uint16_t flags;
};

#define NOWHERE UINT32_MAX

struct chain {
	uint32_t first, last;
	uint64_t frames;
};

struct recording {
	char *path, *title;
	int fd;
	uint64_t size;
	struct place *block; /* whole ones, in the order of the file */
	size_t count;
	struct chain *chain; /* by source number … */
	size_t chains;       /* … up to the highest that any block has */
	ZSTD_DCtx *zstd;     /* of all cursors, one block at a time */
	struct recording_totals totals;
	char **name; /* by source number … */
	int *known;  /* … and its row in lib/record/source_list.h, or -1 */
	size_t names;
	struct text *meta; /* logfmt lines of the meta frames that are not meta=source */
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

/* --- the file --- */

static int read_at(const struct recording *r, void *bytes, size_t n, uint64_t at)
{
	char *p = bytes;

	if (at > r->size || n > r->size - at)
		return -ENODATA;
	while (n) {
		ssize_t done = pread(r->fd, p, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -ENODATA;
		p += done;
		n -= done;
		at += done;
	}
	return 0;
}

/* CRC-32C of n bytes of the file; 0 or -errno. */
static int crc_at(const struct recording *r, uint64_t at, uint64_t n, uint32_t *crc)
{
	char bytes[64u << 10];
	uint32_t c = 0;
	int err = 0;

	while (n && !err) {
		size_t now = n < sizeof(bytes) ? n : sizeof(bytes);

		err = read_at(r, bytes, now, at);
		if (!err)
			c = crc32c(c, bytes, now);
		at += now;
		n -= now;
	}
	if (!err)
		*crc = c;
	return err;
}

static bool head_is_whole(const struct block_head *h)
{
	return !memcmp(h->magic, BLOCK_MAGIC, sizeof(h->magic)) && h->head_crc == block_head_crc(h) && h->frames &&
	       h->raw_bytes <= BLOCK_MAX && h->raw_bytes / sizeof(struct frame_head) >= h->frames && h->packed_bytes &&
	       h->packed_bytes <= ZSTD_COMPRESSBOUND(BLOCK_MAX) && (h->raw_bytes <= BLOCK_RAW || h->frames == 1);
}

static bool payload_is_whole(const struct recording *r, const struct index_entry *e)
{
	uint32_t crc;

	return !crc_at(r, e->offset + sizeof(e->head), e->head.packed_bytes, &crc) && crc == e->head.packed_crc;
}

/* Whether reading on would take more memory or time than a file of this size may ask for. */
static bool is_beyond(struct recording *r, const struct block_head *h)
{
	uint64_t most = r->size * UNPACK_RATIO > UNPACK_LEAST ? r->size * UNPACK_RATIO : UNPACK_LEAST;

	if (!r->beyond && r->count < BLOCKS_MAX && r->unpacks_to + h->raw_bytes <= most)
		return false;
	r->beyond++;
	return true;
}

static int keep_block(struct recording *r, const struct index_entry *e)
{
	if (is_beyond(r, &e->head))
		return 0;
	if (!array_room(&r->block, r->count, sizeof(*r->block)))
		return -ENOMEM;
	r->unpacks_to += e->head.raw_bytes;
	r->block[r->count++] = (struct place){.offset = e->offset,
					      .number = (uint32_t)e->head.number,
					      .raw_bytes = e->head.raw_bytes,
					      .packed_bytes = e->head.packed_bytes,
					      .frames = e->head.frames,
					      .next = NOWHERE,
					      .source = e->head.source,
					      .flags = e->head.flags};
	if (!r->totals.frames || e->head.first_ns < r->totals.first_ns)
		r->totals.first_ns = e->head.first_ns;
	if (!r->totals.frames || e->head.last_ns > r->totals.last_ns)
		r->totals.last_ns = e->head.last_ns;
	r->totals.frames += e->head.frames;
	return 0;
}

static void lose(struct recording *r, uint64_t at, uint64_t bytes, const struct block_head *h)
{
	if (!r->lost_blocks++)
		r->first_lost = at;
	r->lost_bytes += bytes;
	r->lost_frames += h ? h->frames : 0;
}

static int file_head_check(const struct recording *r)
{
	struct file_head h;

	if (r->size < sizeof(h))
		return say_err(-EBADMSG, "%s: %" PRIu64 " bytes are too few for a recording (.fuka)", r->path, r->size);
	int err = read_at(r, &h, sizeof(h), 0);
	if (err)
		return say_err(err, "%s: cannot read: %s", r->path, strerror(-err));
	if (memcmp(h.magic, RECORDING_MAGIC, sizeof(h.magic)))
		return say_err(-EBADMSG, "%s: not a recording: a .fuka file begins with \"fuka\\r\\n\"", r->path);
	if (h.crc == crc32c(0, &h, offsetof(struct file_head, crc)) && h.version > RECORDING_VERSION)
		return say_err(-EPROTONOSUPPORT,
			       "%s: recorded in format %u; this fuka reads up to %u: use a newer fuka", r->path,
			       h.version, RECORDING_VERSION);
	return 0;
}

/* --- finding the blocks --- */

/* Where the index's entries begin, and how many there are; 0 when every byte of them is whole. */
static int index_find(const struct recording *r, uint64_t *begin, uint64_t *count)
{
	struct trailer t;
	struct index_head h;
	uint32_t crc;

	if (r->size < sizeof(struct file_head) + sizeof(h) + sizeof(t))
		return -ENODATA;
	uint64_t end = r->size - sizeof(t);
	if (read_at(r, &t, sizeof(t), end) || memcmp(t.magic, TRAILER_MAGIC, sizeof(t.magic)) ||
	    t.index_offset < sizeof(struct file_head) || t.index_offset > end - sizeof(h) ||
	    read_at(r, &h, sizeof(h), t.index_offset) || memcmp(h.magic, INDEX_MAGIC, sizeof(h.magic)))
		return -EBADMSG;
	uint64_t bytes = end - sizeof(h) - t.index_offset;
	if (h.count != bytes / sizeof(struct index_entry) || bytes % sizeof(struct index_entry))
		return -EBADMSG;
	if (crc_at(r, t.index_offset + offsetof(struct index_head, count), sizeof(h.count) + bytes, &crc) ||
	    crc != h.crc)
		return -EBADMSG;
	*begin = t.index_offset + sizeof(h);
	*count = h.count;
	return 0;
}

#define ENTRIES 256 /* of the index, read at once */

/* Calls each() with the entries, which are in the order of the file and lie before the index; -EBADMSG when not. */
static int index_each(struct recording *r, uint64_t begin, uint64_t count,
		      int (*each)(struct recording *r, const struct index_entry *e))
{
	struct index_entry e[ENTRIES];
	uint64_t at = sizeof(struct file_head), end = begin - sizeof(struct index_head);
	int err = 0;

	for (uint64_t i = 0; i < count && !err; i++) {
		const struct index_entry *one = &e[i % ENTRIES];
		uint64_t left = count - i < ENTRIES ? count - i : ENTRIES;

		if (i % ENTRIES == 0)
			err = read_at(r, e, left * sizeof(*e), begin + i * sizeof(*e));
		if (!err && (!head_is_whole(&one->head) || one->offset < at || one->offset > end - sizeof(one->head) ||
			     one->head.packed_bytes > end - sizeof(one->head) - one->offset))
			err = -EBADMSG;
		if (err)
			break;
		at = one->offset + sizeof(one->head) + one->head.packed_bytes;
		err = each ? each(r, one) : 0;
	}
	return err;
}

static int take_entry(struct recording *r, const struct index_entry *e)
{
	struct block_head own;

	if (!payload_is_whole(r, e)) {
		lose(r, e->offset, sizeof(own) + e->head.packed_bytes, &e->head);
		return 0;
	}
	if (read_at(r, &own, sizeof(own), e->offset) || memcmp(&own, &e->head, sizeof(own)))
		r->mended_heads++;
	return keep_block(r, e);
}

static int blocks_by_index(struct recording *r)
{
	uint64_t begin, count;
	int err = index_find(r, &begin, &count);

	err = err ?: index_each(r, begin, count, NULL); /* all of it, before any of it counts */
	return err ?: index_each(r, begin, count, take_entry);
}

/* Whether an index begins here, whole or cut short: it cannot have more entries than the file has room for blocks. */
static bool index_begins(const struct recording *r, uint64_t at)
{
	struct index_head h;

	return !read_at(r, &h, sizeof(h), at) && !memcmp(h.magic, INDEX_MAGIC, sizeof(h.magic)) &&
	       h.count <= r->size / sizeof(struct block_head);
}

/* A piece of the file that is searched, kept from one search to the next. */
struct window {
	char *bytes;
	uint64_t from;
	size_t n;
};

/* Has at least the head of a block from `at` on, as far as the file goes; how many bytes, 0 when it cannot be read. */
static size_t window_at(const struct recording *r, struct window *w, uint64_t at)
{
	size_t left = r->size - at < sizeof(struct block_head) ? r->size - at : sizeof(struct block_head);

	if (at < w->from || at - w->from > w->n || w->n - (at - w->from) < left) {
		w->from = at;
		w->n = r->size - at < CHUNK ? r->size - at : CHUNK;
		if (read_at(r, w->bytes, w->n, at))
			w->n = 0;
	}
	return w->n > at - w->from ? w->n - (at - w->from) : 0;
}

static bool head_begins(const struct recording *r, const char *p, size_t n)
{
	struct index_head index;
	struct block_head h;

	if (n >= sizeof(index) && !memcmp(p, INDEX_MAGIC, 4)) {
		memcpy(&index, p, sizeof(index));
		return index.count <= r->size / sizeof(h);
	}
	if (n < sizeof(h) || memcmp(p, BLOCK_MAGIC, 4))
		return false;
	memcpy(&h, p, sizeof(h));
	return head_is_whole(&h);
}

/* Where the next whole block head (or the index's) begins at or after `at`; the file's size when there is none. */
static uint64_t next_head(const struct recording *r, struct window *w, uint64_t at)
{
	while (at + sizeof(struct index_head) <= r->size) {
		size_t n = window_at(r, w, at);
		const char *p = w->bytes + (at - w->from), *hit = n ? memchr(p, 'f', n) : NULL;

		if (!n)
			break;
		at += hit ? (uint64_t)(hit - p) : n;
		if (!hit)
			continue;
		n = window_at(r, w, at);
		if (n && head_begins(r, w->bytes + (at - w->from), n))
			return at;
		at++;
	}
	return r->size;
}

static int blocks_by_walking(struct recording *r)
{
	_cleanup_(sys_freep) char *bytes = malloc(CHUNK);
	struct window window = {.bytes = bytes};
	uint64_t at = sizeof(struct file_head);

	if (!bytes)
		return -ENOMEM;
	r->no_index = true;
	while (at < r->size) {
		struct index_entry e = {.offset = at};
		int err = 0;

		if (index_begins(r, at))
			break;
		if (read_at(r, &e.head, sizeof(e.head), at) || !head_is_whole(&e.head)) {
			uint64_t next = next_head(r, &window, at + 1);

			if (next == r->size) {
				r->tail_from = at;
				r->tail_bytes = r->size - at;
				break;
			}
			lose(r, at, next - at, NULL);
			at = next;
			continue;
		}
		uint64_t length = sizeof(e.head) + e.head.packed_bytes;
		if (length > r->size - at) {
			r->tail_from = at;
			r->tail_bytes = r->size - at;
			break;
		}
		if (payload_is_whole(r, &e))
			err = keep_block(r, &e);
		else
			lose(r, at, length, &e.head);
		if (err)
			return err;
		at += length;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The copy of the meta block counts only where the original is damaged. */
static int drop_copies(struct recording *r)
{
	_cleanup_(sys_freep) uint32_t *number = malloc((r->count + 1) * sizeof(*number));
	size_t originals = 0, kept = 0;

	if (!number)
		return -ENOMEM;
	for (size_t i = 0; i < r->count; i++)
		if (!(r->block[i].flags & BLOCK_COPY))
			number[originals++] = r->block[i].number;
	if (originals < r->count)
		qsort(number, originals, sizeof(*number), by_number);
	for (size_t i = 0; i < r->count; i++) {
		struct place *b = &r->block[i];
		bool copy = b->flags & BLOCK_COPY;

		/* copies of one block stand one behind the other, at the file's end */
		if ((copy && bsearch(&b->number, number, originals, sizeof(*number), by_number)) ||
		    (copy && kept && r->block[kept - 1].flags & BLOCK_COPY && r->block[kept - 1].number == b->number)) {
			r->totals.frames -= b->frames;
			r->unpacks_to -= b->raw_bytes;
			continue;
		}
		r->block[kept++] = *b;
	}
	r->count = kept;
	return 0;
}

/* Each source's blocks one after another, so that a walk over one looks at no others. */
static int link_blocks(struct recording *r)
{
	for (size_t i = 0; i < r->count; i++)
		r->chains = r->block[i].source >= r->chains ? r->block[i].source + 1u : r->chains;
	r->chain = malloc((r->chains + 1) * sizeof(*r->chain));
	if (!r->chain)
		return -ENOMEM;
	for (size_t i = 0; i < r->chains; i++)
		r->chain[i] = (struct chain){NOWHERE, NOWHERE, 0};
	for (size_t i = 0; i < r->count; i++) {
		struct chain *c = &r->chain[r->block[i].source];

		if (c->last == NOWHERE)
			c->first = (uint32_t)i;
		else
			r->block[c->last].next = (uint32_t)i;
		c->last = (uint32_t)i;
		c->frames += r->block[i].frames;
	}
	return 0;
}

static void tell_damage(struct recording *r)
{
	size_t at = 0, room = sizeof(r->damage);
	const char *sep = "";

	if (r->tail_bytes) {
		at += snprintf(r->damage + at, room - at,
			       "the file ends early (cut short, or its writer was killed): its last %" PRIu64
			       " bytes, from offset %" PRIu64 ", are not a whole block and are left out",
			       r->tail_bytes, r->tail_from);
		sep = "; ";
	} else if (r->no_index) {
		at += snprintf(r->damage + at, room - at,
			       "the index at the file's end is missing or damaged: rebuilt from the %zu whole blocks",
			       r->count);
		sep = "; ";
	}
	if (r->lost_blocks) {
		at += snprintf(r->damage + at, room - at,
			       "%s%" PRIu64 " damaged part%s left out, the first at offset %" PRIu64 " (%" PRIu64
			       " bytes",
			       sep, r->lost_blocks, r->lost_blocks > 1 ? "s" : "", r->first_lost, r->lost_bytes);
		if (r->lost_frames)
			at += snprintf(r->damage + at, room - at, ", %" PRIu64 " frames", r->lost_frames);
		at += snprintf(r->damage + at, room - at, ")");
		sep = "; ";
	}
	if (r->mended_heads) {
		at += snprintf(r->damage + at, room - at,
			       "%s%" PRIu64 " damaged block head%s read by the index's copy, nothing lost", sep,
			       r->mended_heads, r->mended_heads > 1 ? "s" : "");
		sep = "; ";
	}
	if (r->beyond)
		snprintf(r->damage + at, room - at,
			 "%sits last %" PRIu64
			 " blocks are left out: it holds more than a file of its size may unpack to "
			 "(%llu MiB and %d times its size) or has more than %u blocks",
			 sep, r->beyond, UNPACK_LEAST >> 20, UNPACK_RATIO, BLOCKS_MAX);
}

/* --- blocks to frames --- */

/* A place in the frames of one source. */
struct stream {
	uint16_t source;
	uint32_t next_block; /* to look at, in r->block */
	uint32_t this_block; /* the one in raw */
	char *raw;
	size_t n, at, room;
	bool have;
	struct frame frame; /* the next one, when have */
};

struct recording_cursor {
	struct recording *r;
	struct stream *stream;
	size_t count;
	struct stream *taken; /* whose frame was handed out last */
	char *packed;
	size_t packed_room;
};

static int reserve(char **bytes, size_t *room, size_t n)
{
	if (n <= *room)
		return 0;
	char *grown = realloc(*bytes, n);
	if (!grown)
		return -ENOMEM;
	*bytes = grown;
	*room = n;
	return 0;
}

/* Unpacks block e into the stream; -EBADMSG when what is inside is not what its head says. */
static int unpack(struct recording_cursor *c, struct stream *s, const struct place *e)
{
	int err = reserve(&c->packed, &c->packed_room, e->packed_bytes);

	if (!err)
		err = reserve(&s->raw, &s->room, e->raw_bytes);
	if (!err)
		err = read_at(c->r, c->packed, e->packed_bytes, e->offset + sizeof(struct block_head));
	if (err)
		return err;
	size_t n = ZSTD_decompressDCtx(c->r->zstd, s->raw, e->raw_bytes, c->packed, e->packed_bytes);
	s->at = 0;
	s->n = ZSTD_isError(n) ? 0 : n;
	return ZSTD_isError(n) || n != e->raw_bytes ? -EBADMSG : 0;
}

/* A block whose checksum holds but whose inside does not: its writer was wrong, or somebody made it so. */
static void note_bad_inside(struct recording *r, const struct place *e)
{
	r->bad_inside = true;
	if (!r->damage[0])
		snprintf(r->damage, sizeof(r->damage),
			 "the block at offset %" PRIu64
			 " does not hold the %u frames it claims: the rest of it is left out",
			 e->offset, e->frames);
}

/* Whether the frame's lane may carry its source. Sources that only a newer fuka knows are nobody's secret. */
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
			 "somebody forged them",
			 name ? name : "meta", lane_name(h->lane));
}

/* Puts the stream's next frame into s->frame: 1, or 0 at its end, or -errno. */
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
		const struct place *e = &c->r->block[s->next_block];
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
 * A block is larger than BLOCK_RAW only with one frame in it. While others come before that, it is not kept: a hundred
 * sources could have one of 4 MiB each.
 */
static int stream_step(struct recording_cursor *c, struct stream *s)
{
	int got = stream_next(c, s);

	if (got > 0 && s->n > BLOCK_RAW && c->count > 1) {
		free(s->raw);
		s->raw = NULL;
		s->room = 0;
		s->at = s->n;
	}
	return got;
}

/* Has the payload of s->frame again. */
static int stream_recall(struct recording_cursor *c, struct stream *s)
{
	int err = s->raw ? 0 : unpack(c, s, &c->r->block[s->this_block]);

	if (!err && s->at != s->n && s->n > BLOCK_RAW && frame_parse(s->raw, s->n, &s->frame) <= 0)
		err = -EBADMSG; /* the file is another one by now */
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
	struct stream *grown = reallocarray(c->stream, c->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->stream = grown;
	c->stream[c->count++] = (struct stream){.source = source, .next_block = first_block(c->r, source)};
	return 0;
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

int recording_cursor(struct recording *r, const char *const *sources, struct recording_cursor **out)
{
	struct recording_cursor *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->r = r;
	int err = streams_of(c, sources);
	for (size_t i = 0; i < c->count && err >= 0; i++)
		err = stream_step(c, &c->stream[i]);
	if (err < 0) {
		recording_cursor_free(c);
		return err;
	}
	*out = c;
	return 0;
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

/* --- what the meta frames say --- */

static int name_source(struct recording *r, const char *line, size_t n)
{
	long long id;
	char name[64];

	if (!logfmt_get_int(line, n, "id", &id) || id < 0 || id > UINT16_MAX ||
	    !logfmt_get(line, n, "name", name, sizeof(name)) || !*name)
		return 0;
	if ((size_t)id >= r->names) {
		char **grown = reallocarray(r->name, id + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + r->names, 0, (id + 1 - r->names) * sizeof(*grown));
		r->name = grown;
		int *known = reallocarray(r->known, id + 1, sizeof(*known));

		if (!known)
			return -ENOMEM;
		r->known = known;
		r->names = id + 1;
	}
	if (r->name[id])
		return 0;
	r->known[id] = source_number(name);
	r->name[id] = strdup(name);
	return r->name[id] ? 0 : -ENOMEM;
}

static int keep_meta(struct recording *r, const char *line, size_t n, bool guest)
{
	struct text *grown = r->meta;

	r->meta_bytes += n + sizeof(*grown);
	if (r->meta_bytes > META_MAX) {
		r->metas_left++;
		return 0;
	}
	if (r->metas % 64 == 0)
		grown = reallocarray(r->meta, r->metas + 64, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->meta = grown;
	char *bytes = malloc(n + 1);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, line, n);
	bytes[n] = '\0';
	r->meta[r->metas++] = (struct text){bytes, n, guest};
	return 0;
}

static int read_meta(struct recording *r)
{
	struct recording_cursor c = {.r = r};
	int err = stream_add(&c, SOURCE_META);

	while (!err) {
		const struct frame *f = &c.stream[0].frame;
		char kind[16];
		int got = stream_step(&c, &c.stream[0]);

		if (got <= 0) {
			err = got;
			break;
		}
		bool guest = f->head.lane != LANE_HOST;

		if (!guest && logfmt_get(f->payload, f->head.payload_length, "meta", kind, sizeof(kind)) &&
		    !strcmp(kind, "source"))
			err = name_source(r, f->payload, f->head.payload_length);
		else
			err = keep_meta(r, f->payload, f->head.payload_length, guest);
	}
	for (size_t i = 0; i < c.count; i++)
		free(c.stream[i].raw);
	free(c.stream);
	free(c.packed);
	return err;
}

/* What it is called, on one line that a terminal may have. */
static int find_title(struct recording *r)
{
	const char *scenario = recording_meta(r, "scenario"), *slash = strrchr(r->path, '/');

	r->title = strdup(scenario && *scenario ? scenario : slash ? slash + 1 : r->path);
	if (!r->title)
		return -ENOMEM;
	say_printable(r->title);
	return 0;
}

/* --- the reader --- */

static int find_blocks(struct recording *r)
{
	int err = file_head_check(r);

	if (err)
		return err;
	err = blocks_by_index(r);
	if (err && err != -ENOMEM)
		err = blocks_by_walking(r);
	if (err)
		return say_err(err, "%s: reading the recording: %s", r->path, strerror(-err));
	err = drop_copies(r) ?: link_blocks(r);
	if (err)
		return say_err(err, "%s: reading the recording: %s", r->path, strerror(-err));
	if (!r->count)
		return say_err(-ENODATA, "%s: holds no whole block: there is nothing to read in its %" PRIu64 " bytes",
			       r->path, r->size);
	tell_damage(r);
	err = read_meta(r) ?: find_title(r);
	if (!err && r->metas_left && !r->damage[0])
		snprintf(r->damage, sizeof(r->damage),
			 "%" PRIu64 " of its descriptions of itself are left out: they are more than %u KiB",
			 r->metas_left, META_MAX >> 10);
	return err ? say_err(err, "%s: reading what the recording is: %s", r->path, strerror(-err)) : 0;
}

int recording_open(const char *path, struct recording **out)
{
	struct recording *r = calloc(1, sizeof(*r));
	struct stat st;

	if (r) {
		r->fd = -1;
		r->path = strdup(path);
		r->cache = calloc(1, sizeof(*r->cache));
		r->zstd = ZSTD_createDCtx();
	}
	if (!r || !r->path || !r->cache || !r->zstd) {
		if (r)
			recording_close_reader(r);
		return say_err(-ENOMEM, "%s: no memory to open the recording", path);
	}
	r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = r->fd < 0 || fstat(r->fd, &st) ? -errno : 0;
	if (err) {
		say("%s: cannot open the recording: %s", path, strerror(-err));
	} else if (!S_ISREG(st.st_mode)) {
		err = say_err(-EINVAL, "%s: not a regular file; a recording is (.fuka)", path);
	} else {
		r->size = st.st_size;
		err = find_blocks(r);
	}
	if (err) {
		recording_close_reader(r);
		return err;
	}
	*out = r;
	return 0;
}

void recording_close_reader(struct recording *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	while (r->cache && r->cache->first) {
		struct meta_value *v = r->cache->first;

		r->cache->first = v->next;
		free(v->key);
		free(v->value);
		free(v);
	}
	for (size_t i = 0; i < r->names; i++)
		free(r->name[i]);
	for (size_t i = 0; i < r->metas; i++)
		free(r->meta[i].bytes);
	free(r->cache);
	free(r->name);
	free(r->known);
	free(r->meta);
	free(r->block);
	free(r->chain);
	ZSTD_freeDCtx(r->zstd);
	free(r->path);
	free(r->title);
	free(r);
}

const char *recording_damage(const struct recording *r)
{
	return r->damage[0] ? r->damage : NULL;
}

bool recording_is_partial(const struct recording *r)
{
	return r->lost_blocks || r->tail_bytes || r->beyond || r->metas_left || r->bad_inside || r->foreign;
}

const char *recording_path(const struct recording *r)
{
	return r->path;
}

const char *recording_title(const struct recording *r)
{
	return r->title;
}

int recording_source(const struct recording *r, const char *name)
{
	for (size_t i = 0; i < r->names; i++)
		if (r->name[i] && !strcmp(r->name[i], name))
			return (int)i;
	return -ENOENT;
}

const char *recording_source_name(const struct recording *r, int source)
{
	return source >= 0 && (size_t)source < r->names ? r->name[source] : NULL;
}

/* What only the guest knows of its kernel; all else is the host's to say. */
static bool guest_may_say(const char *key)
{
	return !strcmp(key, "release") || !strcmp(key, "version") || !strcmp(key, "hz");
}

const char *recording_meta(const struct recording *r, const char *key)
{
	for (struct meta_value *v = r->cache->first; v; v = v->next)
		if (!strcmp(v->key, key))
			return v->value;
	struct meta_value *v = calloc(1, sizeof(*v));
	if (!v)
		return NULL;
	v->key = strdup(key);
	for (size_t i = 0; i < r->metas && v->key && !v->value; i++) {
		char *value = r->meta[i].guest && !guest_may_say(key) ? NULL : malloc(r->meta[i].n + 1);

		if (value && logfmt_get(r->meta[i].bytes, r->meta[i].n, key, value, r->meta[i].n + 1))
			v->value = value;
		else
			free(value);
	}
	if (!v->key) {
		free(v);
		return NULL;
	}
	v->next = r->cache->first;
	r->cache->first = v;
	return v->value;
}

void recording_totals(const struct recording *r, struct recording_totals *out)
{
	*out = r->totals;
	out->bytes_raw = r->unpacks_to;
	out->bytes_file = r->size;
}

uint64_t recording_frames_of(const struct recording *r, int source)
{
	return source >= 0 && (size_t)source < r->chains ? r->chain[source].frames : 0;
}
