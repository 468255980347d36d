// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/record/recorder.h"
#include "lib/record/source.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONSOLE_CHUNK (64u << 10)
#define CONSOLE_HEAD  (8ull << 20) /* how much of the beginning is kept of a console over its limit */

static int open_readers(struct follower *f)
{
	for (int i = 0; i < LANE_SHARED; i++) {
		int r = lane_reader(&f->reader[i], f->region, &f->layout, i);

		if (r)
			return r;
	}
	f->open = true;
	return 0;
}

/* Whether the frame's source may not come from this lane, so that a guest cannot forge the host's frames. */
static bool is_foreign(struct follower *f, const struct frame *frame)
{
	if (source_may_come_from(frame->head.source, frame->head.lane))
		return false;
	if (!f->foreign++) {
		f->foreign_source = frame->head.source;
		f->foreign_lane = frame->head.lane;
	}
	return true;
}

static int read_lane(struct follower *f, struct lane_reader *lane, follow_fn each, void *user)
{
	struct frame frame;
	int r;

	lane_look(lane);
	while ((r = lane_read(lane, &frame)) > 0) {
		if (is_foreign(f, &frame))
			continue;
		r = each(&frame, user);
		if (r)
			return r;
	}
	return r;
}

int follower_read(struct follower *f, follow_fn each, void *user)
{
	int r = 0;

	if (!f->open && open_readers(f))
		return 0; /* the guest has not formatted the lanes yet, or never did */
	for (int i = 0; i < LANE_SHARED && !r; i++)
		r = read_lane(f, &f->reader[i], each, user);
	return r;
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

	if (r->bytes_max && frame->head.lane != LANE_HOST) {
		if (r->bytes >= r->bytes_max) {
			r->left_out++;
			return r->error;
		}
		r->bytes += frame_length(frame->head.payload_length);
	}
	if (frame->head.after_ns > r->last_ns)
		r->last_ns = frame->head.after_ns;
	if (!r->error)
		r->error = recording_add(r->writer, frame);
	return r->error;
}

static void add_host(struct recorder *r, enum frame_type type, enum source_id source, uint64_t at_ns, int flags,
		     const char *bytes, size_t n)
{
	struct frame f = {.head = {.type = type,
				   .source = source,
				   .lane = LANE_HOST,
				   .flags = flags,
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
		add_host(r, FRAME_META, SOURCE_meta, 0, 0, line, n);
	}
}

int recorder_open(struct recorder *r, const char *path, const char *about, const char *yaml, size_t yaml_bytes)
{
	*r = (struct recorder){0};
	int err = recording_create(path, &r->writer);

	if (err)
		return err;
	add_host(r, FRAME_META, SOURCE_meta, 0, 0, about, strlen(about));
	add_sources(r);
	if (yaml)
		add_host(r, FRAME_TEXT, SOURCE_scenario, 0, 0, yaml, yaml_bytes);
	return r->error;
}

void recorder_host_event(struct recorder *r, const char *line)
{
	add_host(r, FRAME_EVENT, SOURCE_host, r->last_ns, 0, line, strlen(line));
}

/* Adds bytes [from, to) of the file. `cut` means that the bytes after them are left out. */
static int add_console(struct recorder *r, int fd, uint64_t from, uint64_t to, bool cut)
{
	char chunk[CONSOLE_CHUNK];

	for (uint64_t at = from; at < to;) {
		size_t want = to - at < sizeof(chunk) ? to - at : sizeof(chunk);
		ssize_t n = pread(fd, chunk, want, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		at += n;
		add_host(r, FRAME_TEXT, SOURCE_console, r->last_ns, cut && at == to ? FRAME_TRUNCATED : 0, chunk, n);
	}
	return r->error;
}

static void say_cut(struct recorder *r, const char *path, uint64_t bytes)
{
	char line[160] = "";
	size_t n = 0;

	logfmt_add(line, sizeof(line), &n, "event", "cut");
	logfmt_add(line, sizeof(line), &n, "source", "console");
	logfmt_add_int(line, sizeof(line), &n, "bytes", (int64_t)bytes);
	recorder_host_event(r, line);
	say("%s: the console has more than the %llu MiB that a recording takes: %llu bytes behind its first %llu MiB "
	    "are "
	    "left out",
	    path, RECORDER_CONSOLE_MAX >> 20, (unsigned long long)bytes, CONSOLE_HEAD >> 20);
}

void recorder_console(struct recorder *r, const char *path)
{
	_cleanup_(sys_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int err = fd < 0 || fstat(fd, &st) ? -errno : 0;

	if (err == -ENOENT)
		return; /* QEMU ended before it opened the file */
	uint64_t size = err ? 0 : st.st_size, cut = size > RECORDER_CONSOLE_MAX ? size - RECORDER_CONSOLE_MAX : 0;
	if (!err && cut) {
		say_cut(r, path, cut);
		err = add_console(r, fd, 0, CONSOLE_HEAD, true);
	}
	if (!err)
		err = add_console(r, fd, cut ? CONSOLE_HEAD + cut : 0, size, false);
	if (err && !r->error)
		r->error = say_err(err, "%s: the console cannot be read into the recording: %s", path, strerror(-err));
}

static void add_count(char *line, size_t size, size_t *n, int lane, const char *what, uint64_t count)
{
	char key[32];

	snprintf(key, sizeof(key), "%s_%s", lane_name(lane), what);
	logfmt_add_int(line, size, n, key, (int64_t)count);
}

/* Adds what is missing, and whether the guest wrote what only a hostile or a broken guest writes. */
static void add_losses(struct recorder *r, const struct follower *f)
{
	char line[768] = "";
	size_t n = 0;

	logfmt_add(line, sizeof(line), &n, "meta", "lanes");
	for (int i = 0; f->open && i < LANE_SHARED; i++) {
		const struct lane_reader *l = &f->reader[i];

		add_count(line, sizeof(line), &n, i, "lost", l->lost + l->damaged);
		add_count(line, sizeof(line), &n, i, "refused", lane_refused(l));
		if (l->broken)
			add_count(line, sizeof(line), &n, i, "broken", 1);
	}
	if (f->foreign) {
		logfmt_add_int(line, sizeof(line), &n, "foreign", (int64_t)f->foreign);
		logfmt_add(line, sizeof(line), &n, "foreign_lane", lane_name(f->foreign_lane));
		logfmt_add(line, sizeof(line), &n, "foreign_source",
			   f->foreign_source < SOURCE_COUNT ? source_rows[f->foreign_source].name : "unknown");
	}
	if (r->left_out)
		logfmt_add_int(line, sizeof(line), &n, "left_out", (int64_t)r->left_out);
	add_host(r, FRAME_META, SOURCE_meta, r->last_ns, 0, line, n);
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
