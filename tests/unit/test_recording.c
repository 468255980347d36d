// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The recording: what goes in comes out, merged; the same frames make the same file; a file cut at any byte or with
 * any byte flipped gives back what is whole, and says what it left out; a full disk costs only what was not on it.
 */
#include "lib/base/crc32c.h"
#include "lib/record/recording.h"
#include "lib/record/recording_format.h"
#include "lib/base/say.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/fuka-test-XXXXXX";

static const char *at(const char *name)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static int add(struct recording_writer *w, int type, int source, int lane, uint64_t seq, uint64_t ns, const void *bytes,
	       size_t n)
{
	struct frame f = {.payload = bytes};

	f.head.type = type;
	f.head.source = source;
	f.head.lane = lane;
	f.head.seq = seq;
	f.head.before_ns = ns;
	f.head.after_ns = ns + 1000;
	f.head.payload_length = n;
	return recording_add(w, &f);
}

static int add_meta(struct recording_writer *w)
{
	static const char *const line[] = {
		"meta=recording format=1 fuka=0.1 kernel=\"6.1.0-38-amd64 #1\" hz=250 clock=virtual speed=4",
		"meta=source id=0 name=meta",
		"meta=source id=3 name=sysinfo",
		"meta=source id=2 name=stat",
		"meta=source id=14 name=timeline",
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(line) / sizeof(*line) && !err; i++)
		err = add(w, FRAME_META, 0, 5, i, 0, line[i], strlen(line[i]));
	return err;
}

/* Three sources over `seconds` guest seconds; flushes now and then when asked, which must change nothing. */
static int write_one(const char *path, int seconds, bool flushes)
{
	struct recording_writer *w;
	uint64_t seq = 0;
	char text[200];
	int err = recording_create(path, &w);

	if (err)
		return err;
	err = add_meta(w);
	for (int i = 0; i < seconds * 4 && !err; i++) {
		uint64_t ns = 2500000000ull * i + 7;
		int n = snprintf(text, sizeof(text), "cpu  %d 0 %d 201150 1749 0 45 234 0 0\n", i * 17, i);

		err = add(w, FRAME_SAMPLE, 2, 0, seq++, ns, text, n);
		n = snprintf(text, sizeof(text), "sysinfo %d", i);
		err = err ?: add(w, FRAME_SAMPLE, 3, 0, seq++, ns, text, n);
		if (flushes && i % 3 == 0)
			err = err ?: recording_flush(w);
		if (i % 8 == 0)
			err = err ?: add(w, FRAME_EVENT, 14, 3, i / 8, ns, "event=t0", 8);
	}
	int closing = recording_close(w);
	return err ?: closing;
}

static char *slurp(const char *path, size_t *n)
{
	struct stat st;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		exit(99);
	char *bytes = malloc(st.st_size + 1);
	if (!bytes || read(fd, bytes, st.st_size) != st.st_size)
		exit(99);
	close(fd);
	*n = st.st_size;
	return bytes;
}

static void spill(const char *path, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		exit(99);
	close(fd);
}

/* Frames that can be read, in order; -errno; -1000 when the order is broken. */
static long count(const char *path, bool *damaged)
{
	struct recording *r;
	struct recording_cursor *c;
	struct frame f;
	uint64_t last = 0;
	long n = 0;
	int err = recording_open(path, &r);

	if (err)
		return err;
	err = recording_cursor(r, NULL, &c);
	while (!err && (err = recording_next(c, &f)) == 1) {
		if (f.head.before_ns < last)
			n = -1000;
		last = f.head.before_ns;
		n++;
		err = 0;
	}
	recording_cursor_free(c);
	if (damaged)
		*damaged = recording_damage(r) != NULL;
	recording_close_reader(r);
	return err ?: n;
}

static void round_trip(void)
{
	struct recording *r;
	struct recording_cursor *c;
	struct recording_totals t;
	struct frame f;
	static const char *const stat_only[] = {"stat", "no-such-source", NULL};
	int n = 0;

	ok(write_one(at("a.fuka"), 5, false) == 0, "a recording is written");
	ok(recording_open(at("a.fuka"), &r) == 0, "and opened");
	ok(recording_damage(r) == NULL, "and whole");
	ok(recording_source(r, "sysinfo") == 3 && recording_source(r, "nothing") == -ENOENT, "sources have numbers");
	ok(!strcmp(recording_source_name(r, 2), "stat") && !recording_source_name(r, 9) &&
		   !recording_source_name(r, -1),
	   "and names");
	ok(!strcmp(recording_meta(r, "kernel"), "6.1.0-38-amd64 #1"), "a meta value with a space");
	ok(!recording_meta(r, "id") && !recording_meta(r, "disk"), "meta=source lines are not meta values");
	recording_totals(r, &t);
	ok(t.frames == 5 + 20 + 20 + 3 && t.first_ns == 0 && t.last_ns == 2500000000ull * 19 + 7, "totals");
	ok(recording_cursor(r, stat_only, &c) == 0, "a cursor over one source");
	while (recording_next(c, &f) == 1) {
		n += f.head.source == 2 && f.head.payload_length > 30 && !memcmp(f.payload, "cpu  ", 5);
		n += f.head.after_ns != f.head.before_ns + 1000;
	}
	ok(n == 20, "gives its 20 frames, with their bytes");
	recording_cursor_free(c);
	recording_close_reader(r);
	ok(count(at("a.fuka"), NULL) == 48, "all sources come merged by time");
	ok(write_one(at("a.fuka"), 5, false) == -EEXIST, "an existing file is never overwritten");
}

static void determinism(void)
{
	size_t n[3];
	write_one(at("b.fuka"), 5, false);
	write_one(at("c.fuka"), 5, true);
	char *a = slurp(at("a.fuka"), &n[0]), *b = slurp(at("b.fuka"), &n[1]), *c = slurp(at("c.fuka"), &n[2]);

	ok(n[0] == n[1] && !memcmp(a, b, n[0]), "the same frames make the same file (%zu bytes)", n[0]);
	ok(n[0] == n[2] && !memcmp(a, c, n[0]), "also when flushed in between");
	free(a);
	free(b);
	free(c);
}

static void truncation(void)
{
	size_t n, kept_all = 0, bad = 0;
	long last = 0;
	char *bytes = slurp(at("a.fuka"), &n);

	say_to(open("/dev/null", O_WRONLY));
	for (size_t cut = 0; cut < n; cut++) {
		bool damaged = false;

		spill(at("cut.fuka"), bytes, cut);
		long got = count(at("cut.fuka"), &damaged);

		bad += got < 0 ? last > 0 : (got < last || !damaged); /* never fewer frames than a shorter file had */
		last = got > 0 ? got : last;
		kept_all += got == 48;
	}
	say_to(STDERR_FILENO);
	ok(bad == 0, "cut at each of %zu bytes: what is whole is kept and the damage is told", n);
	ok(kept_all > 0, "and all frames are there once only the index is cut");
	free(bytes);
}

static void flips(void)
{
	size_t n, bad = 0, crashes = 0;
	char *bytes = slurp(at("a.fuka"), &n);

	say_to(open("/dev/null", O_WRONLY));
	for (size_t i = sizeof(struct file_head); i < n; i++) {
		bool damaged = false;

		bytes[i] ^= 0x20;
		spill(at("flip.fuka"), bytes, n);
		long got = count(at("flip.fuka"), &damaged);

		bytes[i] ^= 0x20;
		crashes += got < 0;
		bad += got < 48 - 8 || got > 48 ||
		       !damaged; /* at most one block of one source and ten seconds: 5 meta */
	}
	say_to(STDERR_FILENO);
	ok(crashes == 0, "a flipped bit at each of %zu bytes: always readable", n);
	ok(bad == 0, "costs at most one block, and is told");
	free(bytes);
}

/* Without the index and with a damaged head in the middle, the reader finds the next block by itself. */
static void resync(void)
{
	size_t n;
	bool damaged = false;
	char *bytes = slurp(at("a.fuka"), &n), *second = memmem(bytes + 40, n - 40, BLOCK_MAGIC, 4);

	second[5] ^= 1;
	spill(at("resync.fuka"), bytes, n - 30);
	long got = count(at("resync.fuka"), &damaged);

	ok(got >= 40 && got < 48 && damaged, "no index and a damaged head: %ld of 48 frames", got);
	second[5] ^= 1;
	/* the first two bytes of the second block, of which there is no copy, end a megabyte in which it is looked for */
	size_t first = second - bytes, pad = (1 << 20) - 1;
	char *far = calloc(1, n + pad);

	memcpy(far, bytes, first);
	memcpy(far + first + pad, second, n - first);
	spill(at("far.fuka"), far, n + pad - 30);
	got = count(at("far.fuka"), &damaged);
	ok(got == 48 && damaged, "a megabyte of nothing before the second block: %ld of 48 frames", got);
	free(far);
	free(bytes);
}

static void killed_writer(void)
{
	struct recording_writer *w;

	recording_create(at("killed.fuka"), &w);
	add_meta(w);
	add(w, FRAME_SAMPLE, 2, 0, 0, 5, "cpu", 3);
	recording_flush(w);
	add(w, FRAME_SAMPLE, 2, 0, 1, 6, "cpu", 3);
	ok(count(at("killed.fuka"), NULL) == 6, "what was flushed is readable before the writer closes");
	recording_close(w);
	ok(count(at("killed.fuka"), NULL) == 7, "and once only after it closed");
}

static void big_frame(void)
{
	struct recording_writer *w;
	size_t n = FRAME_PAYLOAD_MAX;
	char *big = calloc(1, n);

	recording_create(at("big.fuka"), &w);
	add_meta(w);
	ok(add(w, FRAME_SAMPLE, 2, 0, 0, 5, big, n) == 0 && add(w, FRAME_SAMPLE, 2, 0, 1, 6, "x", 1) == 0,
	   "the largest frame is taken");
	recording_close(w);
	ok(count(at("big.fuka"), NULL) == 7, "and read back");
	free(big);
}

static void full_disk(void)
{
	struct rlimit old, small = {20000, RLIM_INFINITY};
	struct recording_writer *w;
	struct recording *r;
	struct recording_totals t;
	char noise[3000];
	int err = 0, i = 0;

	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	recording_create(at("full.fuka"), &w);
	add_meta(w);
	srand(1);
	for (; i < 100 && !err; i++) {
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = rand();
		err = add(w, FRAME_SAMPLE, 2, 0, i, 10000000000ull * i, noise, sizeof(noise));
	}
	ok(err == -EFBIG && i < 10, "the limit shows as an error, not as a signal");
	ok(add(w, FRAME_SAMPLE, 2, 0, i, 1, "x", 1) == err, "every later call returns it");
	ok(recording_close(w) == err, "and close does");
	setrlimit(RLIMIT_FSIZE, &old);
	ok(recording_open(at("full.fuka"), &r) == 0, "what was written is readable");
	recording_totals(r, &t);
	ok(t.frames >= 5 + 5 && t.frames < 5 + 8, "%llu frames of it", (unsigned long long)t.frames);
	recording_close_reader(r);
}

static void refusals(void)
{
	struct recording *r;
	struct file_head newer = {.magic = RECORDING_MAGIC, .version = 2};

	say_to(open("/dev/null", O_WRONLY));
	ok(recording_open(at("nowhere.fuka"), &r) == -ENOENT, "no such file");
	ok(recording_open("/dev/null", &r) == -EINVAL, "not a regular file");
	ok(recording_open(dir, &r) == -EINVAL, "a directory");
	spill(at("text"), "event=t0 and nothing else", 25);
	ok(recording_open(at("text"), &r) == -EBADMSG, "not a recording");
	newer.crc = crc32c(0, &newer, 12);
	spill(at("newer"), (char *)&newer, sizeof(newer));
	ok(recording_open(at("newer"), &r) == -EPROTONOSUPPORT, "a newer format");
	newer.crc ^= 1;
	spill(at("newer"), (char *)&newer, sizeof(newer));
	ok(recording_open(at("newer"), &r) == -ENODATA, "no whole block");
	say_to(STDERR_FILENO);
}

/* The head of the only block of a source. */
static const struct block_head *block_of(const char *path, int source)
{
	static struct block_head h;
	size_t n;
	char *bytes = slurp(path, &n);

	for (size_t i = 0; i + sizeof(h) <= n; i++) {
		memcpy(&h, bytes + i, sizeof(h));
		if (!memcmp(bytes + i, BLOCK_MAGIC, 4) && h.source == source)
			break;
	}
	free(bytes);
	return &h;
}

/* Two lanes at one instant: the lower lane comes first, whatever was written first. Frames out of order in a block. */
static void order(void)
{
	const char *path = at("order");
	struct recording_writer *w;
	struct recording *r;
	struct recording_cursor *c;
	struct recording_totals totals;
	struct frame f;
	int lanes[4] = {-1, -1, -1, -1}, n = 0;

	if (recording_create(path, &w) || add_meta(w))
		exit(99);
	add(w, FRAME_SAMPLE, 2, 0, 7, 5000, "a", 1);
	add(w, FRAME_SAMPLE, 3, 0, 9, 5000, "b", 1);
	add(w, FRAME_EVENT, 14, 3, 1, 5000, "event=t0", 8);
	add(w, FRAME_EVENT, 14, 3, 2, 4000, "event=earlier", 13);
	if (recording_close(w) || recording_open(path, &r) || recording_cursor(r, NULL, &c))
		exit(99);
	while (recording_next(c, &f) == 1)
		if (f.head.before_ns >= 4000 && n < 4)
			lanes[n++] = f.head.lane;
	recording_cursor_free(c);
	ok(n == 4 && lanes[0] == 0 && lanes[1] == 0 && lanes[2] == 3 && lanes[3] == 3,
	   "of one instant the lower lane comes first: %d %d %d %d", lanes[0], lanes[1], lanes[2], lanes[3]);
	recording_totals(r, &totals);
	ok(totals.frames == 9, "all frames");
	ok(block_of(path, 14)->first_ns == 4000 && block_of(path, 14)->last_ns == 5000,
	   "a block's times are the least and the greatest of its frames");
	recording_close_reader(r);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	round_trip();
	determinism();
	truncation();
	flips();
	resync();
	killed_writer();
	big_frame();
	full_disk();
	refusals();
	order();
	char command[64];
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return tap_end() | (system(command) != 0);
}
