// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From lanes to a recording: each source comes from its own lane, the host's word from the host alone; what a guest
 * may write in a run is bounded, and a console that is too long keeps its beginning and its end.
 */
#include "lab/expect/expect.h"
#include "lib/record/recorder.h"
#include "lib/record/source.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (1ull << 20)

extern const struct expectation_kind expectation_console;

static char dir[] = "/tmp/fuka-test-XXXXXX";
static char recording[64], console[64];
static struct recorder recorder;
static struct follower follower;
static void *region;

static void begin(void)
{
	unlink(recording);
	unlink(console);
	free(region);
	follower_free(&follower);
	follower = (struct follower){.layout = {.ring = true}};
	for (int i = 0; i < LANE_SHARED; i++)
		follower.layout.size[i] = 64 << 10;
	follower.region = region = calloc(1, lanes_bytes(&follower.layout));
	lanes_format(region, &follower.layout);
	if (recorder_open(&recorder, recording, "meta=recording format=1 clock=real", NULL, 0))
		exit(99);
}

static void write_as_guest(enum lane_id lane, int type, int source, const char *payload)
{
	struct frame_head head = {
		.type = type, .source = source, .before_ns = 5, .after_ns = 6, .payload_length = strlen(payload)};
	struct lane_writer w;

	lane_writer(&w, region, lane);
	if (lane_write(&w, &head, payload))
		exit(99);
}

static struct recording *end(void)
{
	struct recording *r;

	if (follower_read(&follower, recorder_add, &recorder))
		exit(99);
	recorder_console(&recorder, console);
	if (recorder_close(&recorder, &follower) || recording_open(recording, &r))
		exit(99);
	return r;
}

static uint64_t frames(struct recording *r, int source)
{
	return recording_frames_of(r, source);
}

static bool says(struct recording *r, const char *key, const char *value)
{
	const char *said = recording_meta(r, key);

	return value ? said && !strcmp(said, value) : !said;
}

static void forged(void)
{
	begin();
	write_as_guest(LANE_TIMELINE, FRAME_EVENT, SOURCE_timeline, "event=t0");
	write_as_guest(LANE_TIMELINE, FRAME_EVENT, SOURCE_host, "event=qmp name=GUEST_PANICKED");
	write_as_guest(LANE_TIMELINE, FRAME_TEXT, SOURCE_console, "[ 1.000000] Kernel panic - not syncing: forged\n");
	write_as_guest(LANE_KMSG, FRAME_TEXT, SOURCE_scenario, "about: another\n");
	write_as_guest(LANE_TASKS, FRAME_SAMPLE, SOURCE_stat, "cpu 1 2 3 4\n");
	write_as_guest(LANE_FAST, FRAME_LOG, SOURCE_kmsg, "6,1,1,-;x");
	write_as_guest(LANE_FAST, FRAME_SAMPLE, SOURCE_COUNT + 7, "nothing that there is");
	struct recording *r = end();

	ok(frames(r, SOURCE_timeline) == 1, "a lane's own source is recorded");
	ok(!frames(r, SOURCE_host) && !frames(r, SOURCE_console) && !frames(r, SOURCE_scenario),
	   "M1: the host's word is not taken from a guest");
	ok(!frames(r, SOURCE_stat) && !frames(r, SOURCE_kmsg), "M1: nor one lane's source from another lane");
	ok(says(r, "foreign", "6") && says(r, "foreign_source", "kmsg") && says(r, "foreign_lane", "fast"),
	   "M1: the recording says how many, and the first");
	recording_close_reader(r);
}

/* The one frame of the host's source that PID 1 writes: what it may say is what only it knows. */
static void guests_meta(void)
{
	begin();
	write_as_guest(LANE_TIMELINE, FRAME_META, SOURCE_meta,
		       "meta=guest release=6.1 arch=riscv64 hz=250 host=me clock=virtual interval_ns=1");
	write_as_guest(LANE_TIMELINE, FRAME_META, SOURCE_meta, "meta=source id=18 name=host");
	struct recording *r = end();

	ok(says(r, "hz", "250") && says(r, "release", "6.1") && says(r, "arch", "riscv64"),
	   "the guest says its kernel's tick, release and architecture");
	ok(says(r, "clock", "real") && says(r, "host", NULL) && says(r, "interval_ns", NULL) &&
		   says(r, "foreign", NULL),
	   "M1: and nothing else of what the recording is");
	ok(recording_source(r, "timeline") == SOURCE_timeline && recording_source(r, "host") == SOURCE_host,
	   "M1: nor another name for a source");
	recording_close_reader(r);
}

/* A recording that somebody made by hand: the recorder never sees it, the reader refuses all the same. */
static void forged_file(void)
{
	struct frame f = {
		.head = {.type = FRAME_EVENT, .source = SOURCE_host, .lane = LANE_TIMELINE, .payload_length = 9},
		.payload = "event=qmp"};
	struct recording_cursor *c;
	struct recording *r;
	struct frame got;
	int n = 0;

	begin();
	recording_add(recorder.writer, &f);
	f.head.lane = LANE_HOST;
	recording_add(recorder.writer, &f);
	r = end();
	if (recording_cursor(r, (const char *const[]){"host", NULL}, &c))
		exit(99);
	while (recording_next(c, &got) == 1)
		n += got.head.lane == LANE_HOST ? 1 : 100;
	ok(n == 1, "M1: readers take the host's frames of the host's lane only");
	ok(recording_damage(r) && strstr(recording_damage(r), "forged"), "M1: and say so");
	recording_cursor_free(c);
	recording_close_reader(r);
}

static void bounded(void)
{
	begin();
	recorder.bytes_max = 1000;
	for (int i = 0; i < 100; i++)
		write_as_guest(LANE_TIMELINE, FRAME_TEXT, SOURCE_output, "id=x\nnothing but words, again and again\n");
	struct recording *r = end();

	ok(frames(r, SOURCE_output) <= 1 + 1000 / 56 && frames(r, SOURCE_output) > 5, "M2: a run's bytes have a bound");
	ok(recorder.left_out == 100 - frames(r, SOURCE_output), "M2: what is over it is counted");
	ok(recording_meta(r, "left_out") != NULL, "M2: and the recording says so");
	recording_close_reader(r);
}

static void make_console(uint64_t bytes, const char *first, const char *last)
{
	int fd = open(console, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || ftruncate(fd, bytes) || pwrite(fd, first, strlen(first), 0) < 0 ||
	    pwrite(fd, last, strlen(last), bytes - strlen(last)) < 0)
		exit(99);
	close(fd);
}

static enum judgement console_has(struct recording *r, const char *part)
{
	const struct evidence evidence = {.r = r};
	const struct expectation e = {.subject = (char *)part};
	struct finding f;

	return expectation_console.judge(&evidence, &e, &f);
}

static void long_console(void)
{
	begin();
	make_console(80 * MIB, "[    1.000000] FIRST words\n", "\n[    9.000000] LAST words\n");
	struct recording *r = end();

	ok(console_has(r, "FIRST") == JUDGED_HELD && console_has(r, "LAST") == JUDGED_HELD,
	   "M3: a console of 80 MiB keeps its beginning and its end");
	ok(console_has(r, "between") == JUDGED_UNKNOWN, "M3: what may be between them is unknown");
	recording_close_reader(r);
}

static void short_console(void)
{
	begin();
	make_console(200, "[    1.000000] FIRST words\n", "\n[    9.000000] LAST words\n");
	struct recording *r = end();

	ok(console_has(r, "FIRST") == JUDGED_HELD && console_has(r, "between") == JUDGED_NOT_HELD,
	   "a whole console has it or not");
	recording_close_reader(r);
	begin();
	r = end();
	ok(console_has(r, "FIRST") == JUDGED_UNKNOWN, "M3: of no console nothing is known");
	recording_close_reader(r);
}

static void unreadable_console(void)
{
	begin();
	if (mkdir(console, 0700))
		exit(99);
	recorder_console(&recorder, console);
	ok(recorder.error == -EISDIR, "M3: a console that cannot be read is an error of the recording");
	recorder_close(&recorder, &follower);
	rmdir(console);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	snprintf(recording, sizeof(recording), "%s/r.fuka", dir);
	snprintf(console, sizeof(console), "%s/console.log", dir);
	forged();
	guests_meta();
	forged_file();
	bounded();
	long_console();
	short_console();
	unreadable_console();
	follower_free(&follower);
	free(region);
	unlink(recording);
	rmdir(dir);
	return tap_end();
}
