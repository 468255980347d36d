// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes recordings. Frames are collected in one buffer per source. A buffer becomes a block when the next frame falls
 * into another 10 s span (BLOCK_NS) or would not fit in 256 KiB, so that where blocks end depends on the frames only,
 * never on the host.
 *
 * `committed` is the length of the file that is final. recording_flush() writes what is pending after it as blocks that
 * are whole but provisional; they are cut off before the next final block is written. After a failed write the file is
 * truncated to `committed`, so that a full disk loses only what was not written yet.
 */
#include "lib/record/recording.h"
#include "lib/base/array.h"
#include "lib/base/crc32c.h"
#include "lib/record/recording_format.h"
#include "lib/base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define LEVEL 3

struct pending {
	uint16_t source;
	struct block_head head; /* frames, raw_bytes, first_ns and last_ns so far */
	char *raw;
	size_t capacity;
};

struct recording_writer {
	char *path;
	int fd;
	int error;          /* the first -errno, after which nothing is written */
	bool provisional;   /* there are bytes beyond `committed` */
	uint64_t committed; /* bytes */
	uint64_t frames;    /* frames in them */
	struct pending *pending;
	size_t pending_count;
	struct index_entry *index;
	size_t index_count;
	ZSTD_CCtx *zstd;
	char *packed; /* head and packed bytes of the block being written */
	size_t packed_capacity;
	char *meta; /* the first meta block, which is written again at the end */
	size_t meta_bytes;
};

uint32_t block_head_crc(const struct block_head *head)
{
	return crc32c(0, &head->number, sizeof(*head) - offsetof(struct block_head, number));
}

/*
 * Blocks SIGXFSZ, which a file size limit raises and which would kill fuka before it could report the error; pwrite()
 * fails with EFBIG as well.
 */
static ssize_t pwrite_quiet(int fd, const void *bytes, size_t n, off_t at)
{
	sigset_t xfsz, before;
	ssize_t done;
	int err;

	sigemptyset(&xfsz);
	sigaddset(&xfsz, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &xfsz, &before);
	done = pwrite(fd, bytes, n, at);
	err = errno;
	if (done < 0 && err == EFBIG && !sigismember(&before, SIGXFSZ))
		sigtimedwait(&xfsz, NULL, &(struct timespec){0});
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return done;
}

static int write_all(int fd, const char *bytes, size_t n, uint64_t at)
{
	while (n) {
		ssize_t done = pwrite_quiet(fd, bytes, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -ENOSPC;
		bytes += done;
		n -= done;
		at += done;
	}
	return 0;
}

/* Truncates the file to what is final, logs how much is safe and keeps the error for later calls. */
static int fail(struct recording_writer *w, int err)
{
	const char *cure = err == -ENOSPC || err == -EDQUOT ? "; free some space or write elsewhere" : "";
	int cut = ftruncate(w->fd, w->committed);

	w->provisional = cut != 0;
	w->error = err;
	return say_err(err,
		       "%s: cannot write the recording: %s; its first %llu bytes (%llu frames) are safe and readable%s",
		       w->path, strerror(-err), (unsigned long long)w->committed, (unsigned long long)w->frames, cure);
}

int recording_create(const char *path, struct recording_writer **out)
{
	struct file_head head = {.magic = RECORDING_MAGIC, .version = RECORDING_VERSION};
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST
			       ? say_err(-EEXIST, "%s: exists already, and a recording is never overwritten", path)
			       : say_err(-errno, "%s: cannot create the recording: %s", path, strerror(errno));
	struct recording_writer *w = calloc(1, sizeof(*w));
	if (w) {
		w->path = strdup(path);
		w->zstd = ZSTD_createCCtx();
		w->fd = fd;
	}
	if (!w || !w->path || !w->zstd) {
		close(fd);
		if (w) {
			free(w->path);
			ZSTD_freeCCtx(w->zstd);
		}
		free(w);
		return say_err(-ENOMEM, "%s: no memory for a recording's writer", path);
	}
	head.crc = crc32c(0, &head, offsetof(struct file_head, crc));
	int err = write_all(fd, (const char *)&head, sizeof(head), 0);
	if (err) {
		fail(w, err);
		recording_close(w);
		return err;
	}
	w->committed = sizeof(head);
	*out = w;
	return 0;
}

static struct pending *pending_of(struct recording_writer *w, uint16_t source)
{
	for (size_t i = 0; i < w->pending_count; i++)
		if (w->pending[i].source == source)
			return &w->pending[i];
	if (array_push(w->pending, w->pending_count, (struct pending){.source = source}))
		return NULL;
	return &w->pending[w->pending_count - 1];
}

/* Packs what is pending of one source into w->packed as block `number`. Returns the block's length or -errno. */
static ssize_t pack(struct recording_writer *w, const struct pending *p, uint64_t number)
{
	struct block_head head = p->head;
	size_t capacity = sizeof(head) + ZSTD_compressBound(head.raw_bytes);

	if (capacity > w->packed_capacity) {
		char *grown = realloc(w->packed, capacity);

		if (!grown)
			return -ENOMEM;
		w->packed = grown;
		w->packed_capacity = capacity;
	}
	size_t n = ZSTD_compressCCtx(w->zstd, w->packed + sizeof(head), capacity - sizeof(head), p->raw, head.raw_bytes,
				     LEVEL);
	if (ZSTD_isError(n))
		return -EIO;
	memcpy(head.magic, BLOCK_MAGIC, sizeof(head.magic));
	head.number = number;
	head.source = p->source;
	head.packed_bytes = n;
	head.packed_crc = crc32c(0, w->packed + sizeof(head), n);
	head.head_crc = block_head_crc(&head);
	memcpy(w->packed, &head, sizeof(head));
	return sizeof(head) + n;
}

static int index_add(struct recording_writer *w, uint64_t offset, const void *head)
{
	if (!array_grow(&w->index, w->index_count, sizeof(*w->index)))
		return -ENOMEM;
	struct index_entry *e = &w->index[w->index_count++];
	e->offset = offset;
	memcpy(&e->head, head, sizeof(e->head));
	return 0;
}

static int cut_provisional(struct recording_writer *w)
{
	if (w->provisional && ftruncate(w->fd, w->committed))
		return -errno;
	w->provisional = false;
	return 0;
}

/* Keeps a copy of the first meta block, because without it the sources' names are lost. */
static void keep_meta(struct recording_writer *w, const struct pending *p, size_t n)
{
	if (p->source != SOURCE_META || w->meta)
		return;
	w->meta = malloc(n);
	if (!w->meta)
		return;
	memcpy(w->meta, w->packed, n);
	w->meta_bytes = n;
}

/* Writes what is pending of one source as a final block. */
static int cut(struct recording_writer *w, struct pending *p)
{
	if (!p->head.frames)
		return 0;
	ssize_t n = pack(w, p, w->index_count);
	if (n < 0)
		return fail(w, n);
	int err = cut_provisional(w);
	if (!err)
		err = write_all(w->fd, w->packed, n, w->committed);
	if (!err)
		err = index_add(w, w->committed, w->packed);
	if (err)
		return fail(w, err);
	keep_meta(w, p, n);
	w->committed += n;
	w->frames += p->head.frames;
	p->head = (struct block_head){0};
	return 0;
}

static int append(struct pending *p, const struct frame *f)
{
	struct frame_head head = f->head;
	size_t n = frame_length(head.payload_length), at = p->head.raw_bytes;

	if (at + n > p->capacity) {
		size_t capacity = at + n > BLOCK_RAW ? at + n : at + n > BLOCK_RAW / 8 ? BLOCK_RAW : BLOCK_RAW / 8;
		char *grown = realloc(p->raw, capacity);

		if (!grown)
			return -ENOMEM;
		p->raw = grown;
		p->capacity = capacity;
	}
	head.length = n;
	head.crc = frame_crc(&head, f->payload);
	memcpy(p->raw + at, &head, sizeof(head));
	if (head.payload_length)
		memcpy(p->raw + at + sizeof(head), f->payload, head.payload_length);
	memset(p->raw + at + sizeof(head) + head.payload_length, 0, n - sizeof(head) - head.payload_length);
	if (!p->head.frames++)
		p->head.first_ns = p->head.last_ns = head.before_ns;
	if (head.before_ns < p->head.first_ns)
		p->head.first_ns = head.before_ns;
	if (head.before_ns > p->head.last_ns)
		p->head.last_ns = head.before_ns;
	p->head.raw_bytes = at + n;
	return 0;
}

/* Whether frame f must begin a new block. */
static bool block_ends(const struct pending *p, const struct frame *f)
{
	return p->head.frames && (p->head.raw_bytes + frame_length(f->head.payload_length) > BLOCK_RAW ||
				  p->head.first_ns / BLOCK_NS != f->head.before_ns / BLOCK_NS);
}

int recording_add(struct recording_writer *w, const struct frame *frame)
{
	if (w->error)
		return w->error;
	if (frame->head.payload_length > FRAME_PAYLOAD_MAX)
		return say_err(-EMSGSIZE, "%s: a frame of source %u has %u bytes, more than the %u a recording takes",
			       w->path, frame->head.source, frame->head.payload_length, FRAME_PAYLOAD_MAX);
	struct pending *p = pending_of(w, frame->head.source);
	if (!p)
		return fail(w, -ENOMEM);
	/* Write the meta block first, so that a recording whose writer is killed early has it. */
	if (frame->head.source != SOURCE_META) {
		int err = 0;

		for (size_t i = 0; i < w->pending_count && !err; i++)
			if (w->pending[i].source == SOURCE_META)
				err = cut(w, &w->pending[i]);
		if (err)
			return err;
	}
	if (block_ends(p, frame)) {
		int err = cut(w, p);

		if (err)
			return err;
	}
	int err = append(p, frame);
	return err ? fail(w, err) : 0;
}

int recording_flush(struct recording_writer *w)
{
	uint64_t at = w->committed, number = w->index_count;

	if (w->error)
		return w->error;
	int err = cut_provisional(w);
	for (size_t i = 0; i < w->pending_count && !err; i++) {
		if (!w->pending[i].head.frames)
			continue;
		ssize_t n = pack(w, &w->pending[i], number++);

		w->provisional = true;
		err = n < 0 ? n : write_all(w->fd, w->packed, n, at);
		at += n;
	}
	return err ? fail(w, err) : 0;
}

/* Writes the meta block again, so that one damaged sector cannot lose every source's name. */
static int write_meta_copy(struct recording_writer *w, uint64_t *at)
{
	struct block_head head;

	if (!w->meta)
		return 0;
	memcpy(&head, w->meta, sizeof(head));
	head.flags |= BLOCK_COPY;
	head.head_crc = block_head_crc(&head);
	memcpy(w->meta, &head, sizeof(head));
	int err = write_all(w->fd, w->meta, w->meta_bytes, *at);
	if (!err)
		err = index_add(w, *at, w->meta);
	*at += w->meta_bytes;
	return err;
}

static int write_index(struct recording_writer *w)
{
	struct index_head head = {.magic = INDEX_MAGIC};
	struct trailer trailer = {.magic = TRAILER_MAGIC};
	uint64_t at = w->committed;
	int err = write_meta_copy(w, &at);

	head.count = w->index_count;
	head.crc = crc32c(0, &head.count, sizeof(head.count));
	head.crc = crc32c(head.crc, w->index, w->index_count * sizeof(*w->index));
	trailer.index_offset = at;
	if (!err)
		err = write_all(w->fd, (const char *)&head, sizeof(head), at);
	at += sizeof(head);
	if (!err)
		err = write_all(w->fd, (const char *)w->index, w->index_count * sizeof(*w->index), at);
	at += w->index_count * sizeof(*w->index);
	return err ? err : write_all(w->fd, (const char *)&trailer, sizeof(trailer), at);
}

int recording_close(struct recording_writer *w)
{
	for (size_t i = 0; i < w->pending_count && !w->error; i++)
		cut(w, &w->pending[i]);
	int cut_err = cut_provisional(w);
	int err = cut_err ? cut_err : w->committed ? write_index(w) : w->error;

	/* On a full disk the index may not fit either; readers rebuild it. */
	if (err && !w->error)
		fail(w, err);
	else if (err && ftruncate(w->fd, w->committed))
		say("%s: cannot truncate the file after the recording's last block; readers skip the rest", w->path);
	if (close(w->fd) && !w->error)
		w->error = say_err(-errno, "%s: closing the recording: %s", w->path, strerror(errno));
	err = w->error;
	for (size_t i = 0; i < w->pending_count; i++)
		free(w->pending[i].raw);
	free(w->pending);
	free(w->index);
	free(w->packed);
	free(w->meta);
	free(w->path);
	ZSTD_freeCCtx(w->zstd);
	free(w);
	return err;
}
