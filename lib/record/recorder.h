/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From shared memory to the recording: follows the lanes, and writes what the host itself has to add. */
#ifndef FUKA_RECORDER_H
#define FUKA_RECORDER_H

#include "lib/record/lane.h"
#include "lib/record/recording.h"

#include <stdbool.h>

/* Follows all lanes of a region, each from its beginning. */
struct follower {
	const void *region;
	struct lanes_layout layout; /* as the host made the region */
	struct lane_reader reader[LANE_SHARED];
	bool open;
	uint64_t foreign; /* frames of sources that their lane may not carry: left out, the guest is no writer of ours …
			   */
	int foreign_source, foreign_lane; /* … the first */
};

typedef int (*follow_fn)(const struct frame *frame, void *user);

/*
 * Hands the frames that there are now to each(), lane by lane: one look a lane, so that it returns whatever the guest
 * does. Stops at each()'s first error and returns it.
 */
int follower_read(struct follower *f, follow_fn each, void *user);
void follower_free(struct follower *f);

struct recorder {
	struct recording_writer *writer;
	uint64_t last_ns; /* of the frames so far: what the host adds is dated with it */
	uint64_t host_seq;
	uint64_t bytes_max;       /* raw bytes of frames that it takes from the lanes; 0: all */
	uint64_t bytes, left_out; /* so far: taken, and frames beyond bytes_max */
	int error;                /* the first */
};

/*
 * Creates the recording and writes its first frames: what `about` says (logfmt), the table of sources, the scenario
 * (NULL: none).
 */
int recorder_open(struct recorder *r, const char *path, const char *about, const char *yaml, size_t yaml_bytes);

/* A follow_fn: `user` is the recorder. */
int recorder_add(const struct frame *frame, void *user);

/* An event of the host's lane. Without a time of its own: the virtual clock's recordings are the same to the byte. */
void recorder_host_event(struct recorder *r, const char *line);

/* A console of more bytes is recorded as its beginning and its end; the frame before the gap is FRAME_TRUNCATED. */
#define RECORDER_CONSOLE_MAX (32ull << 20)

/*
 * The console's bytes, from the file. One that cannot be read, other than by not being there, is the recording's error.
 */
void recorder_console(struct recorder *r, const char *path);

/* What each lane lost, and the end. Returns the first error of all. */
int recorder_close(struct recorder *r, const struct follower *f);

#endif
