/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies frames from the lanes into the recording and adds the host's own frames. */
#ifndef FUKA_RECORDER_H
#define FUKA_RECORDER_H

#include "lib/record/lane.h"
#include "lib/record/recording.h"

#include <stdbool.h>

/* Follows all lanes of a region, each from its beginning. */
struct follower {
	const void *region;
	struct lanes_layout layout; /* the layout with which the host made the region */
	struct lane_reader reader[LANE_SHARED];
	bool open;
	uint64_t foreign; /* frames of sources that their lane may not carry: left out, the guest is no writer of ours …
			   */
	int foreign_source, foreign_lane; /* … the first */
};

typedef int (*follow_fn)(const struct frame *frame, void *user);

/*
 * Passes the frames that there are now to each(), lane by lane, with one look per lane, so that it returns whatever the
 * guest does. Stops at each()'s first error and returns it.
 */
int follower_read(struct follower *f, follow_fn each, void *user);
void follower_free(struct follower *f);

struct recorder {
	struct recording_writer *writer;
	uint64_t last_ns; /* latest time of the frames so far, which the host's frames get */
	uint64_t host_seq;
	uint64_t bytes_max;       /* most raw bytes of frames that are taken from the lanes; 0 means all */
	uint64_t bytes, left_out; /* raw bytes taken so far, and frames beyond bytes_max */
	int error;                /* the first -errno */
};

/*
 * Creates the recording and writes its first frames: `about` (logfmt), the table of sources and the scenario, which may
 * be NULL.
 */
int recorder_open(struct recorder *r, const char *path, const char *about, const char *yaml, size_t yaml_bytes);

/* A follow_fn; `user` is the recorder. */
int recorder_add(const struct frame *frame, void *user);

/*
 * Adds an event to the host's lane. It has no time of its own, because recordings on the virtual clock must be
 * reproducible to the byte.
 */
void recorder_host_event(struct recorder *r, const char *line);

/*
 * Of a console with more bytes only the beginning and the end are recorded; the frame before the gap is
 * FRAME_TRUNCATED.
 */
#define RECORDER_CONSOLE_MAX (32ull << 20)

/* Adds the console's bytes from the file. It is no error if the file does not exist. */
void recorder_console(struct recorder *r, const char *path);

/* Adds what each lane lost and closes the recording. Returns the recorder's first error. */
int recorder_close(struct recorder *r, const struct follower *f);

#endif
