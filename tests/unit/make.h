/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes small recordings for the tests: the table of sources as lib/record/source_list.h has it, then whatever is added. */
#ifndef FUKA_TEST_MAKE_H
#define FUKA_TEST_MAKE_H

#include "lib/record/source.h"
#include "lib/record/lane.h"
#include "lib/record/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t make_seq[LANE_COUNT];

static inline void make_add(struct recording_writer *w, int type, int source, uint64_t ns, const void *bytes, size_t n)
{
	struct frame f = {.payload = bytes};
	int lane = source_rows[source].lane;

	f.head.type = type;
	f.head.source = source;
	f.head.lane = lane;
	f.head.seq = make_seq[lane]++;
	f.head.before_ns = ns;
	f.head.after_ns = ns + 100000;
	f.head.payload_length = n;
	if (recording_add(w, &f))
		exit(99);
}

static inline void make_line(struct recording_writer *w, int type, int source, uint64_t ns, const char *line)
{
	make_add(w, type, source, ns, line, strlen(line));
}

static inline struct recording_writer *make_begin(const char *path)
{
	struct recording_writer *w;
	char line[128];

	unlink(path);
	memset(make_seq, 0, sizeof(make_seq));
	if (recording_create(path, &w))
		exit(99);
	make_line(w, FRAME_META, SOURCE_meta, 0,
		  "meta=recording format=1 fuka=test kernel=6.1.0-test hz=250 clock=virtual speed=4 scenario=test");
	for (int i = 0; i < SOURCE_COUNT; i++) {
		snprintf(line, sizeof(line), "meta=source id=%d name=%s", i, source_rows[i].name);
		make_line(w, FRAME_META, SOURCE_meta, 0, line);
	}
	return w;
}

static inline struct recording *make_end(struct recording_writer *w, const char *path)
{
	struct recording *r;

	if (recording_close(w) || recording_open(path, &r))
		exit(99);
	return r;
}

#endif
