// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads recordings, including what is left of damaged ones. Everything in a file is checked before it is used: every
 * size against its limit and the file's end, every head and payload against its CRC-32C.
 */
#include "lib/record/recording_reader.h"
#include "lib/base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell_damage(struct recording *r)
{
	size_t at = 0, capacity = sizeof(r->damage);
	const char *sep = "";

	if (r->tail_bytes) {
		at += snprintf(r->damage + at, capacity - at,
			       "the file ends early (cut short, or its writer was killed): its last %" PRIu64
			       " bytes, from offset %" PRIu64 ", are not a whole block and are left out",
			       r->tail_bytes, r->tail_from);
		sep = "; ";
	} else if (r->no_index) {
		at += snprintf(
			r->damage + at, capacity - at,
			"the index at the file's end is missing or damaged; it was rebuilt from the %zu whole blocks",
			r->count);
		sep = "; ";
	}
	if (r->lost_blocks) {
		at += snprintf(r->damage + at, capacity - at,
			       "%s%" PRIu64 " damaged part%s left out, the first at offset %" PRIu64 " (%" PRIu64
			       " bytes",
			       sep, r->lost_blocks, r->lost_blocks > 1 ? "s" : "", r->first_lost, r->lost_bytes);
		if (r->lost_frames)
			at += snprintf(r->damage + at, capacity - at, ", %" PRIu64 " frames", r->lost_frames);
		at += snprintf(r->damage + at, capacity - at, ")");
		sep = "; ";
	}
	if (r->mended_heads) {
		at += snprintf(r->damage + at, capacity - at,
			       "%s%" PRIu64 " damaged block head%s read by the index's copy, nothing lost", sep,
			       r->mended_heads, r->mended_heads > 1 ? "s" : "");
		sep = "; ";
	}
	if (r->beyond)
		snprintf(r->damage + at, capacity - at,
			 "%sits last %" PRIu64
			 " blocks are left out: it holds more than a file of its size may unpack to "
			 "(%llu MiB and %d times its size) or has more than %u blocks",
			 sep, r->beyond, UNPACK_LEAST >> 20, UNPACK_RATIO, BLOCKS_MAX);
}

static int read_whole(struct recording *r)
{
	int err = recording_head_check(r);

	if (err)
		return err;
	err = recording_blocks_find(r);
	if (err)
		return say_err(err, "%s: reading the recording: %s", r->path, strerror(-err));
	if (!r->count)
		return say_err(-ENODATA, "%s: has no whole block in its %" PRIu64 " bytes", r->path, r->size);
	tell_damage(r);
	err = recording_meta_read(r);
	return err ? say_err(err, "%s: reading the recording's description: %s", r->path, strerror(-err)) : 0;
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
		err = say_err(-EINVAL, "%s: not a regular file; expected a recording (.fuka)", path);
	} else {
		r->size = st.st_size;
		err = read_whole(r);
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
	recording_meta_free(r);
	free(r->block);
	free(r->chain);
	ZSTD_freeDCtx(r->zstd);
	free(r->path);
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
