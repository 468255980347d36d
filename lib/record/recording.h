/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording (.fuka) has every sample, kernel log record and event of one run in one file; docs/format.md specifies
 * it. Each source has its own zstd blocks (<= 10 s or 256 KiB of frames, whichever comes first), each with a CRC-32C;
 * an index at the end can be rebuilt from the blocks. So a view decompresses only the sources it uses, and damage costs
 * only the damaged blocks: a reader keeps everything before and after them and reports how much it left out.
 *
 * The same frames added in the same order give the same file to the byte. Nothing of the host (dates, paths, its speed)
 * is in the file unless a frame carries it.
 */
#ifndef FUKA_RECORDING_H
#define FUKA_RECORDING_H

#include "lib/record/frame.h"

#include <stdbool.h>

struct recording_writer;
struct recording;
struct recording_cursor;

/* --- writing --- */

/* Creates the file; an existing one is never overwritten (-EEXIST). Returns 0, or -errno with a message. */
int recording_create(const char *path, struct recording_writer **out);

/*
 * Adds a frame and copies its payload. Frames of one source come in time order; head.length and head.crc are computed
 * here. Returns 0 or -errno of the write. The first error has a message with the path and how many bytes are safe;
 * every later call returns the same error and writes nothing.
 */
int recording_add(struct recording_writer *w, const struct frame *frame);

/* Writes what is pending, so that a crash of the writer loses only later frames. */
int recording_flush(struct recording_writer *w);

/* Flushes, writes index and trailer, frees w. Returns the first error of the writer's life, or 0. */
int recording_close(struct recording_writer *w);

/* --- reading --- */

/*
 * Opens the file and reads its index, or rebuilds it from the blocks when it is missing or damaged. Damage is not an
 * error as long as one block is whole; recording_damage() describes it. Returns -errno with a message when the file
 * cannot be read, is no recording, has a newer format version or no whole block.
 */
int recording_open(const char *path, struct recording **out);
void recording_close_reader(struct recording *r);

/* Returns NULL when the file is whole, otherwise one sentence with what was left out, and where. */
const char *recording_damage(const struct recording *r);

/* Whether something is missing or not trusted, so that what is not in the rest may still have happened. */
bool recording_is_partial(const struct recording *r);

const char *recording_path(const struct recording *r);

/* Returns the scenario's name, or the file's if it has none, without control characters. */
const char *recording_title(const struct recording *r);

/* Returns the number that this recording's own table of sources gives to a name, or -ENOENT. */
int recording_source(const struct recording *r, const char *name);

/* Returns the name of a source number, or NULL. */
const char *recording_source_name(const struct recording *r, int source);

/* Returns the value of a key of the recording's meta frames ("fuka", "kernel", "hz", "clock", "speed", …), or NULL. */
const char *recording_meta(const struct recording *r, const char *key);

/* Counts for `fuka report` and tests, from the index alone. */
struct recording_totals {
	uint64_t frames, bytes_raw, bytes_file;
	uint64_t first_ns, last_ns; /* before_ns of the earliest and the latest frame */
};
void recording_totals(const struct recording *r, struct recording_totals *out);
uint64_t recording_frames_of(const struct recording *r, int source);

/*
 * Makes a cursor over the named sources (a NULL-terminated list; NULL means all), merged by before_ns, then lane, then
 * seq. Sources that the recording does not have are ignored. Decompresses only the blocks of these sources.
 */
int recording_cursor(struct recording *r, const char *const *sources, struct recording_cursor **out);

/* Returns 1 and *out (valid until the next call), 0 at the end, or -errno. */
int recording_next(struct recording_cursor *c, struct frame *out);
void recording_cursor_free(struct recording_cursor *c);

#endif
