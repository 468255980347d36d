/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From shared memory to the recording: follows the lanes, and writes what the host itself has to add. */
#ifndef FUKA_RECORDER_H
#define FUKA_RECORDER_H

#include "lib/lane.h"
#include "lib/recording.h"

#include <stdbool.h>

/* Follows all lanes of a region, each from its beginning. */
struct follower {
	const void *region;
	uint64_t bytes;
	struct lane_reader reader[LANE_SHARED];
	bool open;
};

typedef int (*follow_fn)(const struct frame *frame, void *user);

/* Hands every frame there is now to each(), lane by lane. Stops at its first error and returns it. */
int follower_read(struct follower *f, follow_fn each, void *user);
void follower_free(struct follower *f);

struct recorder {
	struct recording_writer *writer;
	uint64_t last_ns; /* of the frames so far: what the host adds is dated with it */
	uint64_t host_seq;
	int error; /* the first */
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

/* The console's bytes, all of the file. */
void recorder_console(struct recorder *r, const char *path);

/* What each lane lost, and the end. Returns the first error of all. */
int recorder_close(struct recorder *r, const struct follower *f);

#endif
