// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the whole blocks of a recording and verifies each once. A whole index gives their places, and its copy of a
 * block's head replaces a damaged one. Without a whole index the file is walked from its beginning; after damage, the
 * walk continues at the next whole head.
 */
#include "lib/record/recording_reader.h"
#include "lib/base/array.h"
#include "lib/base/crc32c.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (1u << 20)

/* --- the file --- */

int recording_read_at(const struct recording *r, void *bytes, size_t n, uint64_t at)
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

/* Computes the CRC-32C of n bytes of the file. Returns 0 or -errno. */
static int crc_at(const struct recording *r, uint64_t at, uint64_t n, uint32_t *crc)
{
	char bytes[64u << 10];
	uint32_t c = 0;
	int err = 0;

	while (n && !err) {
		size_t now = n < sizeof(bytes) ? n : sizeof(bytes);

		err = recording_read_at(r, bytes, now, at);
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

/* Whether this block exceeds the memory and time that a file of this size may take. */
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
	if (!array_grow(&r->block, r->count, sizeof(*r->block)))
		return -ENOMEM;
	r->unpacks_to += e->head.raw_bytes;
	r->block[r->count++] = (struct block_place){.offset = e->offset,
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

int recording_head_check(const struct recording *r)
{
	struct file_head h;

	if (r->size < sizeof(h))
		return say_err(-EBADMSG, "%s: %" PRIu64 " bytes are too few for a recording (.fuka)", r->path, r->size);
	int err = recording_read_at(r, &h, sizeof(h), 0);
	if (err)
		return say_err(err, "%s: cannot read: %s", r->path, strerror(-err));
	if (memcmp(h.magic, RECORDING_MAGIC, sizeof(h.magic)))
		return say_err(-EBADMSG, "%s: not a recording: a .fuka file begins with \"fuka\\r\\n\"", r->path);
	if (h.crc == crc32c(0, &h, offsetof(struct file_head, crc)) && h.version > RECORDING_VERSION)
		return say_err(-EPROTONOSUPPORT,
			       "%s: recorded in format %u, but this fuka reads formats up to %u: use a newer fuka",
			       r->path, h.version, RECORDING_VERSION);
	return 0;
}

/* --- finding the blocks --- */

/* Finds where the index's entries begin and how many there are. Returns 0 only when the whole index is undamaged. */
static int index_find(const struct recording *r, uint64_t *begin, uint64_t *count)
{
	struct trailer t;
	struct index_head h;
	uint32_t crc;

	if (r->size < sizeof(struct file_head) + sizeof(h) + sizeof(t))
		return -ENODATA;
	uint64_t end = r->size - sizeof(t);
	if (recording_read_at(r, &t, sizeof(t), end) || memcmp(t.magic, TRAILER_MAGIC, sizeof(t.magic)) ||
	    t.index_offset < sizeof(struct file_head) || t.index_offset > end - sizeof(h) ||
	    recording_read_at(r, &h, sizeof(h), t.index_offset) || memcmp(h.magic, INDEX_MAGIC, sizeof(h.magic)))
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

#define ENTRIES 256 /* entries of the index that are read at once */

/* Calls each() for each entry. Returns -EBADMSG unless they are in the order of the file and lie before the index. */
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
			err = recording_read_at(r, e, left * sizeof(*e), begin + i * sizeof(*e));
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
	if (recording_read_at(r, &own, sizeof(own), e->offset) || memcmp(&own, &e->head, sizeof(own)))
		r->mended_heads++;
	return keep_block(r, e);
}

static int blocks_by_index(struct recording *r)
{
	uint64_t begin, count;
	int err = index_find(r, &begin, &count);

	err = err ?: index_each(r, begin, count, NULL); /* check all entries before any is used */
	return err ?: index_each(r, begin, count, take_entry);
}

/* Whether an index begins here, whole or cut short; it cannot have more entries than blocks fit in the file. */
static bool index_begins(const struct recording *r, uint64_t at)
{
	struct index_head h;

	return !recording_read_at(r, &h, sizeof(h), at) && !memcmp(h.magic, INDEX_MAGIC, sizeof(h.magic)) &&
	       h.count <= r->size / sizeof(struct block_head);
}

/* The part of the file in memory, kept from one search to the next. */
struct window {
	char *bytes;
	uint64_t from;
	size_t n;
};

/*
 * Reads at least a block's head from `at` on, up to the file's end. Returns how many bytes are there, 0 on a read
 * error.
 */
static size_t window_at(const struct recording *r, struct window *w, uint64_t at)
{
	size_t left = r->size - at < sizeof(struct block_head) ? r->size - at : sizeof(struct block_head);

	if (at < w->from || at - w->from > w->n || w->n - (at - w->from) < left) {
		w->from = at;
		w->n = r->size - at < CHUNK ? r->size - at : CHUNK;
		if (recording_read_at(r, w->bytes, w->n, at))
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

/* Returns where the next whole head of a block or of the index begins at or after `at`, or the file's size. */
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
		if (recording_read_at(r, &e.head, sizeof(e.head), at) || !head_is_whole(&e.head)) {
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

/* Drops the copy of the meta block unless the original is damaged. */
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
		struct block_place *b = &r->block[i];
		bool copy = b->flags & BLOCK_COPY;

		/* copies of one block are adjacent, at the file's end */
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

/* Links each source's blocks, so that a walk over one source skips the others. */
static int link_blocks(struct recording *r)
{
	for (size_t i = 0; i < r->count; i++)
		r->chains = r->block[i].source >= r->chains ? r->block[i].source + 1u : r->chains;
	r->chain = malloc((r->chains + 1) * sizeof(*r->chain));
	if (!r->chain)
		return -ENOMEM;
	for (size_t i = 0; i < r->chains; i++)
		r->chain[i] = (struct block_chain){NOWHERE, NOWHERE, 0};
	for (size_t i = 0; i < r->count; i++) {
		struct block_chain *c = &r->chain[r->block[i].source];

		if (c->last == NOWHERE)
			c->first = (uint32_t)i;
		else
			r->block[c->last].next = (uint32_t)i;
		c->last = (uint32_t)i;
		c->frames += r->block[i].frames;
	}
	return 0;
}

int recording_blocks_find(struct recording *r)
{
	int err = blocks_by_index(r);

	if (err && err != -ENOMEM)
		err = blocks_by_walking(r);
	return err ?: drop_copies(r) ?: link_blocks(r);
}
