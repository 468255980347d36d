// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recordings to every view, the summary and every export: an input is a list of frames "source, time step, type, length,
 * payload" that the writer writes, so that checksums stand in nobody's way. What comes out on the way to a terminal is
 * looked at: no control character, no byte that is not UTF-8.
 */
#include "collect/show/exports/export.h"
#include "collect/analyse/summary.h"
#include "collect/show/views/view.h"
#include "lib/base/printable.h"
#include "lib/record/recording.h"
#include "lib/base/say.h"
#include "lib/record/source.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static view_print *const views[] = {
#define VIEW(name, what) view_##name,
#include "collect/show/views/list.h"
#undef VIEW
};

static int said = -1; /* a file in memory that stands for the terminal */

/* Aborts when anything is in it that a terminal may not be given; empties it. */
static void look(void)
{
	off_t n = lseek(said, 0, SEEK_CUR);
	char *text = n > 0 ? mmap(NULL, n, PROT_READ, MAP_SHARED, said, 0) : NULL;
	bool fit;

	for (off_t i = 0; text && i < n;) {
		if (text[i] == '\n' || text[i] == '\r') {
			i++;
			continue;
		}
		i += printable_length(text + i, n - i, &fit);
		if (!fit)
			abort();
	}
	if (text)
		munmap(text, n);
	if (ftruncate(said, 0) || lseek(said, 0, SEEK_SET))
		abort();
}

static void show(struct recording *r)
{
	static const struct export_options options = {.job = "node", .all = true};
	const struct view_options all = {.n = -1, .threshold = 3, .all = true, .cpus = true};
	const struct view_options few = {.n = 5, .threshold = NAN};
	struct recording *two[] = {r, r};
	FILE *out = printable_stream(said);
	struct summary s[2];

	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++) {
		views[i](out, two, 1, &all);
		views[i](out, two, 2, &few);
	}
	if (!summary_read(r, &s[0])) {
		s[1] = s[0];
		summary_print(out, s, 1);
		summary_print(out, s, 2);
		summary_json(out, s, 1);
		summary_free(&s[0]);
	}
	export_openmetrics(out, r, &options);
	export_csv(out, r, &options);
	export_json(out, r, &options);
	export_sadf(out, r, &options);
	fclose(out);
	look();
}

static void write_frames(const char *path, const uint8_t *p, size_t n)
{
	struct recording_writer *w;
	uint64_t ns = 1000000000, seq[LANE_COUNT] = {0};
	char line[64];

	if (recording_create(path, &w))
		abort();
	for (int i = 0; i < SOURCE_COUNT; i++) {
		struct frame f = {.head = {.type = FRAME_META, .lane = LANE_HOST}, .payload = line};

		f.head.payload_length =
			snprintf(line, sizeof(line), "meta=source id=%d name=%s", i, source_rows[i].name);
		recording_add(w, &f);
	}
	while (n > 5) {
		struct frame f = {.payload = (const char *)p + 5};
		size_t length = p[4] < n - 5 ? p[4] : n - 5;
		int source = p[0] % SOURCE_COUNT;

		ns += ((uint64_t)p[1] << 8 | p[2]) * 1000000;
		f.head.type = p[3] & 128              ? p[3] % 8
			      : source == SOURCE_meta ? FRAME_META
			      : source == SOURCE_kmsg ? FRAME_LOG
			      : source == SOURCE_timeline || source == SOURCE_host || source == SOURCE_kmod
				      ? FRAME_EVENT
			      : source == SOURCE_console || source == SOURCE_output ? FRAME_TEXT
										    : FRAME_SAMPLE;
		f.head.source = source;
		f.head.lane = source_rows[source].lane;
		f.head.seq = seq[f.head.lane]++;
		f.head.before_ns = f.head.after_ns = ns;
		f.head.payload_length = length;
		recording_add(w, &f);
		p += 5 + length;
		n -= 5 + length;
	}
	recording_close(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static char path[64];
	struct recording *r;

	if (said < 0) {
		said = memfd_create("said", 0);
		say_to(said);
		snprintf(path, sizeof(path), "/dev/shm/fuka-fuzz-views-%d", getpid());
	}
	unlink(path);
	write_frames(path, bytes, n);
	if (!recording_open(path, &r)) {
		show(r);
		recording_close_reader(r);
	}
	unlink(path);
	return 0;
}
