// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/recorder.h"
#include "lib/source.h"
#include "lib/logfmt.h"
#include "lib/say.h"
#include "lib/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSOLE_CHUNK (64u << 10)

static int open_readers(struct follower *f)
{
	for (int i = 0; i < LANE_SHARED; i++) {
		int r = lane_reader(&f->reader[i], f->region, f->bytes, i);

		if (r)
			return r;
	}
	f->open = true;
	return 0;
}

int follower_read(struct follower *f, follow_fn each, void *user)
{
	struct frame frame;

	if (!f->open && open_readers(f))
		return 0; /* the guest has not come that far, or never did */
	for (int i = 0; i < LANE_SHARED; i++) {
		int r;

		while ((r = lane_read(&f->reader[i], &frame)) > 0) {
			r = each(&frame, user);
			if (r)
				return r;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

void follower_free(struct follower *f)
{
	for (int i = 0; i < LANE_SHARED; i++)
		lane_reader_free(&f->reader[i]);
	f->open = false;
}

int recorder_add(const struct frame *frame, void *user)
{
	struct recorder *r = user;

	if (frame->head.after_ns > r->last_ns)
		r->last_ns = frame->head.after_ns;
	if (!r->error)
		r->error = recording_add(r->writer, frame);
	return r->error;
}

static void add_host(struct recorder *r, enum frame_type type, enum source_id source, uint64_t at_ns, const char *bytes,
		     size_t n)
{
	struct frame f = {.head = {.type = type,
				   .source = source,
				   .lane = LANE_HOST,
				   .seq = r->host_seq++,
				   .before_ns = at_ns,
				   .after_ns = at_ns,
				   .payload_length = n},
			  .payload = bytes};

	recorder_add(&f, r);
}

static void add_sources(struct recorder *r)
{
	for (int i = 0; i < SOURCE_COUNT; i++) {
		char line[256] = "";
		size_t n = 0;

		logfmt_add(line, sizeof(line), &n, "meta", "source");
		logfmt_add_int(line, sizeof(line), &n, "id", i);
		logfmt_add(line, sizeof(line), &n, "name", source_rows[i].name);
		add_host(r, FRAME_META, SOURCE_meta, 0, line, n);
	}
}

int recorder_open(struct recorder *r, const char *path, const char *about, const char *yaml, size_t yaml_bytes)
{
	*r = (struct recorder){0};
	int err = recording_create(path, &r->writer);

	if (err)
		return err;
	add_host(r, FRAME_META, SOURCE_meta, 0, about, strlen(about));
	add_sources(r);
	if (yaml)
		add_host(r, FRAME_TEXT, SOURCE_scenario, 0, yaml, yaml_bytes);
	return r->error;
}

void recorder_host_event(struct recorder *r, const char *line)
{
	add_host(r, FRAME_EVENT, SOURCE_host, r->last_ns, line, strlen(line));
}

void recorder_console(struct recorder *r, const char *path)
{
	_cleanup_(sys_freep) char *text = NULL;
	size_t n;

	if (sys_read_file(path, &text, &n))
		return; /* QEMU never came to open it */
	for (size_t at = 0; at < n; at += CONSOLE_CHUNK)
		add_host(r, FRAME_TEXT, SOURCE_console, r->last_ns, text + at,
			 n - at < CONSOLE_CHUNK ? n - at : CONSOLE_CHUNK);
}

static void add_losses(struct recorder *r, const struct follower *f)
{
	char line[512] = "";
	size_t n = 0;

	logfmt_add(line, sizeof(line), &n, "meta", "lanes");
	for (int i = 0; f->open && i < LANE_SHARED; i++) {
		const struct lane_reader *l = &f->reader[i];
		char key[32];

		snprintf(key, sizeof(key), "%s_lost", lane_name(i));
		logfmt_add_int(line, sizeof(line), &n, key, l->lost + l->damaged);
		snprintf(key, sizeof(key), "%s_refused", lane_name(i));
		logfmt_add_int(line, sizeof(line), &n, key, l->header->lane[i].refused);
	}
	add_host(r, FRAME_META, SOURCE_meta, r->last_ns, line, n);
}

int recorder_close(struct recorder *r, const struct follower *f)
{
	if (!r->writer)
		return r->error;
	add_losses(r, f);
	int err = recording_close(r->writer);

	r->writer = NULL;
	return r->error ? r->error : err;
}
