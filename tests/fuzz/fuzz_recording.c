// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a recording: opened, read to its end, and handed to everything that computes from one. To get past the
 * checksums, bytes that do not begin like a recording are made into one: each input is then a list of frames
 * "source, length, payload" that the writer writes.
 */
#include "collect/analyse/events.h"
#include "collect/show/exports/export.h"
#include "collect/analyse/klog.h"
#include "collect/analyse/loadmodel.h"
#include "collect/metrics/metric.h"
#include "lib/record/source.h"
#include "lib/record/recording.h"
#include "lib/base/say.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Every form but promtool's, which wants a file of rules. */
static void export_all(struct recording *r)
{
	static const struct export_options options = {.job = "node", .all = true};
	static export_write *const writers[] = {
#define EXPORT(name, type, what) export_##name,
#include "collect/show/exports/list.h"
#undef EXPORT
	};
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++)
		if (writers[i] != export_promtool)
			writers[i](nowhere, r, &options);
}

static void compute(struct recording *r)
{
	static const char *const metrics[] = {"load1",
					      "cpu.user",
					      "cpu0.idle",
					      "mem.free",
					      "vmstat.oom_kill",
					      "gap",
					      "pressure.io.some.avg10",
					      "procs.running",
					      "procs.total",
					      "jiffies.total",
					      "stat.ctxt",
					      "rate.stat.intr",
					      "sched.run",
					      "softirq.net_rx",
					      "disk.vda.reads"};
	struct load_model m;
	struct klog_panic p;
	struct series s;
	struct events t;
	struct klog k;

	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
		if (!metric_series(r, metrics[i], &s))
			series_free(&s);
	if (!load_model(r, &m))
		load_model_free(&m);
	if (!klog_read(r, &k))
		klog_free(&k);
	klog_panic(r, &p);
	if (!events_read(r, &t)) {
		events_declared(&t, 1000);
		events_free(&t);
	}
	export_all(r);
}

static void read_all(const char *path)
{
	struct recording_cursor *c;
	struct recording *r;
	struct frame f;
	uint64_t sum = 0;

	if (recording_open(path, &r))
		return;
	if (!recording_cursor(r, NULL, &c)) {
		while (recording_next(c, &f) == 1)
			for (uint32_t i = 0; i < f.head.payload_length; i++)
				sum += (unsigned char)f.payload[i];
		recording_cursor_free(c);
	}
	recording_meta(r, sum & 1 ? "kernel" : "hz");
	recording_source_name(r, 3);
	compute(r);
	recording_close_reader(r);
}

/* Frames as the input has them: source (1), time step (2), type (1), length (1), payload. */
static void write_frames(const char *path, const uint8_t *p, size_t n)
{
	struct recording_writer *w;
	uint64_t ns = 0, seq = 0;
	char line[64];

	if (recording_create(path, &w))
		return;
	for (int i = 0; i < SOURCE_COUNT; i++) {
		struct frame f = {.head.type = FRAME_META, .payload = line};

		f.head.payload_length =
			snprintf(line, sizeof(line), "meta=source id=%d name=%s", i, source_rows[i].name);
		recording_add(w, &f);
	}
	while (n > 5) {
		struct frame f = {.payload = (const char *)p + 5};
		size_t length = p[4] < n - 5 ? p[4] : n - 5;

		ns += ((uint64_t)p[1] << 8 | p[2]) * 1000000;
		f.head.type = p[3] % 8;
		f.head.source = p[0] % (SOURCE_COUNT + 1);
		f.head.seq = seq++;
		f.head.before_ns = f.head.after_ns = ns;
		f.head.payload_length = length;
		recording_add(w, &f);
		if (p[3] & 128)
			recording_flush(w);
		p += 5 + length;
		n -= 5 + length;
	}
	recording_close(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("recording", 0);
		say_to(open("/dev/null", O_WRONLY));
		snprintf(path, sizeof(path), "/dev/shm/fuka-fuzz-%d", getpid());
	}
	if (n >= 4 && !memcmp(bytes, "fuka", 4)) {
		char here[64];

		snprintf(here, sizeof(here), "/proc/self/fd/%d", fd);
		if (ftruncate(fd, 0) || pwrite(fd, bytes, n, 0) != (ssize_t)n)
			abort();
		read_all(here);
		return 0;
	}
	unlink(path);
	write_frames(path, bytes, n);
	read_all(path);
	unlink(path);
	return 0;
}
