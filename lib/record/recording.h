/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording (.fuka): every sample, kernel log record and event of one run, in one file. docs/format.md is the
 * specification. Independent zstd blocks per source (<= 10 s or 256 KiB of frames, whichever comes first) with their
 * own CRC-32C and a trailing index that can be rebuilt from the blocks: a view decompresses only what it names, damage
 * costs a block, and a reader keeps everything whole before and after the damage and says how much it left out.
 *
 * The same frames added in the same order give the same file to the byte: nothing of the host (dates, paths, how fast
 * it was) enters here unless a frame carries it.
 */
#ifndef FUKA_RECORDING_H
#define FUKA_RECORDING_H

#include "lib/record/frame.h"

#include <stdbool.h>

struct recording_writer;
struct recording;
struct recording_cursor;

/* --- writing --- */

/* Creates the file (never overwrites: -EEXIST). Says its own errors. */
int recording_create(const char *path, struct recording_writer **out);

/*
 * Adds a frame. Frames of one source come in time order; head.length and head.crc are computed here.
 * The payload is copied. Returns 0 or -errno of the write; says its own error once (disk full: names the path, how
 * many bytes are safe), after which every later call returns the same error and writes nothing.
 */
int recording_add(struct recording_writer *w, const struct frame *frame);

/* Writes what is pending so far, so that a crash of the writer costs at most what comes later. */
int recording_flush(struct recording_writer *w);

/* Flushes, writes index and trailer, frees w. Returns the first error of the writer's life, or 0. */
int recording_close(struct recording_writer *w);

/* --- reading --- */

/*
 * Opens and reads the index (or rebuilds it by walking the blocks when it is missing or damaged). Damage is not an
 * error as long as one block is whole; recording_damage() tells. -errno with a message when nothing can be read:
 * unreadable, not a recording, a newer format version, no whole block.
 */
int recording_open(const char *path, struct recording **out);
void recording_close_reader(struct recording *r);

/* NULL when the file is whole; else one sentence that says what was left out, and where. */
const char *recording_damage(const struct recording *r);

/* Whether something of it is missing, or is not believed: what is not in the rest may have happened all the same. */
bool recording_is_partial(const struct recording *r);

const char *recording_path(const struct recording *r);

/* Its scenario's name, else its file's, fit for a line of a terminal. */
const char *recording_title(const struct recording *r);

/* Number of a source by its name as this recording's own source table has it, or -ENOENT. */
int recording_source(const struct recording *r, const char *name);

/* Its name, or NULL. */
const char *recording_source_name(const struct recording *r, int source);

/* Value of a key of the recording's meta frames ("fuka", "kernel", "hz", "clock", "speed", …), or NULL. */
const char *recording_meta(const struct recording *r, const char *key);

/* Counts for `fuka report` and tests, from the index alone. */
struct recording_totals {
	uint64_t frames, bytes_raw, bytes_file;
	uint64_t first_ns, last_ns; /* before_ns of the earliest and the latest frame */
};
void recording_totals(const struct recording *r, struct recording_totals *out);
uint64_t recording_frames_of(const struct recording *r, int source);

/*
 * A cursor over the named sources (a NULL-terminated list; NULL: all), merged by before_ns, then lane, then seq.
 * Sources the recording does not have are simply absent. Decompresses only the blocks of these sources.
 */
int recording_cursor(struct recording *r, const char *const *sources, struct recording_cursor **out);

/* 1 and *out (valid until the next call), 0 at the end, -errno. */
int recording_next(struct recording_cursor *c, struct frame *out);
void recording_cursor_free(struct recording_cursor *c);

#endif
