// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/host/run.h"
#include "lib/record/source.h"
#include "lab/scenario/lane_sizes.h"
#include "lab/host/machine.h"
#include "lab/pack/pack.h"
#include "lib/record/recorder.h"
#include "lab/host/rundir.h"
#include "lab/host/vmcore.h"
#include "lab/host/supervise.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/base/version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HOST_SPARE (128ll << 20) /* memory that QEMU and fuka need in addition to the guest's */

static char *in_dir(const struct run *run, const char *name)
{
	return sys_format("%s/%s", run->dir, name);
}

/*
 * Allocates the blocks of the shared file before QEMU maps it, so that a full disk is an error here and no SIGBUS
 * later.
 */
static int make_lanes(const struct run *run, uint64_t bytes, void **region)
{
	_cleanup_(sys_freep) char *path = in_dir(run, MACHINE_LANES);
	_cleanup_(sys_closep) int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = fd < 0 ? errno : posix_fallocate(fd, 0, bytes);

	if (r)
		return say_err(
			-r,
			"%s: cannot allocate %llu MiB for the samples: %s; free some space or give another disk with "
			"--out",
			path, (unsigned long long)bytes >> 20, strerror(r));
	*region = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	return *region == MAP_FAILED ? say_err(-errno, "%s: mmap: %s", path, strerror(errno)) : 0;
}

/* The file is sparse: only what the guest writes takes space. */
static int make_disk(const struct run *run)
{
	_cleanup_(sys_freep) char *path = in_dir(run, MACHINE_DISK);
	int64_t bytes = run->scenario->machine.disk;

	if (bytes == INT64_MIN)
		return 0;
	_cleanup_(sys_closep) int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 || ftruncate(fd, bytes)
		       ? say_err(-errno, "%s: the disk could not be made: %s", path, strerror(errno))
		       : 0;
}

int run_check_memory(const struct scenario *s)
{
	struct lanes_layout layout;

	lane_sizes_of(s, &layout);
	uint64_t bytes = lanes_bytes(&layout);
	int64_t need = s->machine.memory + (int64_t)bytes + HOST_SPARE, have = sys_meminfo("MemAvailable");

	if (bytes > LANE_SIZES_REGION_MAX)
		return say_err(
			-E2BIG,
			"%s: its samples would take %llu MiB, at most %llu are possible: record less often (record: "
			"interval) or end sooner (end)",
			s->path, (unsigned long long)bytes >> 20, (unsigned long long)LANE_SIZES_REGION_MAX >> 20);
	if (have >= 0 && need > have)
		return say_err(-ENOMEM,
			       "%s: the guest needs %lld MiB (memory %lld, samples %llu, QEMU %lld), this host has "
			       "%lld MiB available: reduce machine: memory",
			       s->path, (long long)need >> 20, (long long)s->machine.memory >> 20,
			       (unsigned long long)bytes >> 20, HOST_SPARE >> 20, (long long)have >> 20);
	return 0;
}

/*
 * Writes the recording's meta line. Only versions of the host are in it, so that a run gives the same bytes on every
 * host.
 */
static void describe(const struct run *run, char *line, size_t size)
{
	const struct machine_spec *m = &run->scenario->machine;
	char qemu[96];
	size_t n = 0;

	*line = '\0';
	machine_version(qemu, sizeof(qemu));
	logfmt_add(line, size, &n, "meta", "recording");
	logfmt_add_int(line, size, &n, "format", 1);
	logfmt_add(line, size, &n, "fuka", FUKA_VERSION);
	logfmt_add(line, size, &n, "scenario", run->scenario->name);
	logfmt_add(line, size, &n, "about", run->scenario->about);
	logfmt_add(line, size, &n, "clock", m->clock == CLOCK_IS_VIRTUAL ? "virtual" : "real");
	logfmt_add(line, size, &n, "accelerator", run->kvm ? "kvm" : "tcg");
	logfmt_add_int(line, size, &n, "speed", m->clock == CLOCK_IS_VIRTUAL ? m->speed : -1);
	logfmt_add_int(line, size, &n, "cpus", m->cpus);
	logfmt_add_int(line, size, &n, "memory", m->memory);
	logfmt_add_int(line, size, &n, "interval_ns", run->scenario->record.interval);
	logfmt_add(line, size, &n, "kernel", run->kernel->release);
	logfmt_add(line, size, &n, "qemu", qemu);
}

/* Adds a host event with what the dump holds, or "refused" when it cannot be read. */
static void look_into_vmcore(struct run *run, struct recorder *rec)
{
	_cleanup_(sys_freep) char *path = in_dir(run, MACHINE_VMCORE), *dmesg = in_dir(run, MACHINE_DMESG);
	_cleanup_(sys_freep) char *console = in_dir(run, MACHINE_CONSOLE);
	char line[512] = "", why[160];
	struct vmcore v = {0};
	size_t n = 0;
	int r = vmcore_read(path, console, dmesg, &v, why, sizeof(why));

	logfmt_add(line, sizeof(line), &n, "event", r ? "refused" : "vmcore");
	logfmt_add(line, sizeof(line), &n, "id", MACHINE_VMCORE_ID);
	if (r) {
		logfmt_add(line, sizeof(line), &n, "detail", why);
		say("%s: %s", path, why);
	} else {
		logfmt_add_int(line, sizeof(line), &n, "bytes", v.bytes);
		logfmt_add_int(line, sizeof(line), &n, "log_lines", v.log_lines);
		logfmt_add_int(line, sizeof(line), &n, "console_lines", v.console_lines);
		logfmt_add_int(line, sizeof(line), &n, "missing", v.missing);
		if (v.missing)
			logfmt_add(line, sizeof(line), &n, "first", v.first);
		snprintf(run->vmcore, sizeof(run->vmcore),
			 "%s: %llu MiB; of the kernel's %zu lines on the console %s%zu "
			 "are in its log of %zu",
			 path, (unsigned long long)v.bytes >> 20, v.console_lines, v.missing ? "only " : "all ",
			 v.console_lines - v.missing, v.log_lines);
	}
	recorder_host_event(rec, line);
}

/* Adds what is left in the lanes, the host's events and the console, and closes the recording. */
static int finish(struct run *run, struct supervision *w, struct recorder *rec)
{
	struct follower all = {.region = w->live.region, .layout = w->live.layout};
	struct follower *f = w->recorder ? &w->live : &all;
	_cleanup_(sys_freep) char *console = in_dir(run, MACHINE_CONSOLE);

	follower_read(f, recorder_add, rec);
	for (size_t i = 0; i < w->events.count; i++)
		recorder_host_event(rec, w->events.line[i]);
	if (w->dumped)
		look_into_vmcore(run, rec);
	recorder_console(rec, console);
	int r = recorder_close(rec, f);

	follower_free(&all);
	return r;
}

static int judge(struct run *run, int record_error)
{
	struct recording *r;
	struct recording_totals totals;
	int err = recording_open(run->recording, &r);

	if (err)
		return err;
	recording_totals(r, &totals);
	run->guest_s = totals.last_ns / 1e9;
	err = verdict_of(r, run->scenario, &run->verdict);
	recording_close_reader(r);
	if (!err && record_error && run->verdict.is == VERDICT_PASS) {
		run->verdict.is = VERDICT_FAIL;
		snprintf(run->verdict.why, sizeof(run->verdict.why), "the recording is incomplete: %s",
			 strerror(-record_error));
	}
	return err;
}

static int boot_and_watch(struct run *run, struct supervision *w, const struct machine_plan *plan)
{
	struct machine machine;
	uint64_t start = sys_now_ns();
	int r = machine_start(plan, &machine);

	if (r)
		return r;
	w->machine = &machine;
	supervise_machine(w);
	machine_close(&machine);
	run->wall_s = (sys_now_ns() - start) / 1e9;
	return 0;
}

static int record_run(struct run *run, const struct lanes_layout *layout, void *region)
{
	const struct scenario *s = run->scenario;
	struct recorder rec;
	char about[1024];
	struct machine_plan plan = {.scenario = s,
				    .kernel = run->kernel,
				    .dir = run->dir,
				    .lanes_bytes = lanes_bytes(layout),
				    .kvm = run->kvm};
	struct supervision w = {.scenario = s,
				.live = {.region = region, .layout = *layout},
				.dir = run->dir,
				.deadline_ns = s->deadline_ns,
				.progress = isatty(STDERR_FILENO)};

	describe(run, about, sizeof(about));
	int r = recorder_open(&rec, run->recording, about, s->yaml, s->yaml_bytes);

	if (r) {
		struct follower none = {0};

		recorder_close(&rec, &none);
		return r;
	}
	rec.bytes_max = lane_sizes_max(s);
	w.recorder = s->machine.clock == CLOCK_IS_REAL ? &rec : NULL;
	r = boot_and_watch(run, &w, &plan);
	int record_error = finish(run, &w, &rec);

	supervise_free(&w);
	return r ? r : judge(run, record_error);
}

int run_scenario(struct run *run, const char *out)
{
	struct lanes_layout layout;
	void *region = NULL;

	lane_sizes_of(run->scenario, &layout);
	uint64_t bytes = lanes_bytes(&layout);
	int r = run_check_memory(run->scenario), dir = r ? r : rundir_make(out, run->scenario->name, &run->dir);

	if (dir < 0)
		return dir;
	run->recording = sys_format("%s/%s.fuka", run->dir, run->scenario->name);
	if (!r)
		r = pack_scenario(run->scenario, run->kernel, run->dir);
	if (!r)
		r = make_lanes(run, bytes, &region);
	if (!r)
		r = make_disk(run);
	if (!r)
		r = record_run(run, &layout, region);
	if (region && region != MAP_FAILED)
		munmap(region, bytes);
	rundir_done(dir, run->dir, run->keep);
	return r;
}

void run_free(struct run *run)
{
	verdict_free(&run->verdict);
	free(run->dir);
	free(run->recording);
	run->dir = run->recording = NULL;
}

static bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->head.crc == b->head.crc && a->head.payload_length == b->head.payload_length &&
	       !memcmp(&a->head, &b->head, sizeof(a->head)) && !memcmp(a->payload, b->payload, a->head.payload_length);
}

static bool compare(struct recording *a, struct recording *b, char *where, size_t size)
{
	struct recording_cursor *ca = NULL, *cb = NULL;
	struct frame fa, fb;
	int ra = recording_cursor(a, NULL, &ca), rb = recording_cursor(b, NULL, &cb);
	unsigned long long n = 0;

	while (!ra && !rb) {
		ra = recording_next(ca, &fa);
		rb = recording_next(cb, &fb);
		if (ra <= 0 || rb <= 0)
			break;
		if (!same_frame(&fa, &fb)) {
			const char *name = recording_source_name(a, fa.head.source);

			snprintf(where, size, "frame %llu: source %s, lane %s, sequence %llu, at %.6f s of the guest",
				 n, name ? name : "?", lane_name(fa.head.lane), (unsigned long long)fa.head.seq,
				 fa.head.before_ns / 1e9);
			ra = -EILSEQ;
			break;
		}
		n++;
		ra = rb = 0;
	}
	if (ra >= 0 && ra != rb)
		snprintf(where, size, "one has more frames than the other; the first %llu are the same", n);
	recording_cursor_free(ca);
	recording_cursor_free(cb);
	return ra == 0 && rb == 0;
}

bool run_identical(const char *a, const char *b, char *where, size_t size)
{
	struct recording *ra = NULL, *rb = NULL;
	bool same = false;

	snprintf(where, size, "a recording could not be read");
	if (!recording_open(a, &ra) && !recording_open(b, &rb))
		same = compare(ra, rb, where, size);
	if (ra)
		recording_close_reader(ra);
	if (rb)
		recording_close_reader(rb);
	return same;
}
