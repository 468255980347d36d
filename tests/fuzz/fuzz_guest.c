// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that writes anything into the lanes at any time, while the host's own follower, watch and recorder read, and
 * the verdict on what they recorded. An input is a program of the guest's: five bytes an act.
 *
 * The guest is a thread: it and the host race in the same memory. tests/race/race_guest.c runs the same under the
 * thread sanitizer: the only place of the host's that may race is the one that copies a frame out, copy_frame() in
 * lib/record/lane.c.
 *
 * What must hold: everything ends; the host's word is not in the recording, so no panic is believed and nothing passes.
 */
#include "lab/expect/expect.h"
#include "lib/record/recorder.h"
#include "lab/expect/verdict.h"
#include "lab/host/supervise.h"
#include "lib/record/source.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Copying a frame out of memory that its writer overwrites is a race on purpose: the copy is checked, and looked at
 * alone. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:copy_frame";
}

#define ACT_BYTES 5
#define ACTS_MAX  400
#define LOOKS     4

static const char yaml[] = "about: a guest that is watched\n"
			   "machine: {clock: real, disk: 16M}\n"
			   "timeline:\n"
			   "  - {at: 1s, id: slow, for: 1s, host: {throttle: disk0, iops: 1}}\n"
			   "  - {at: 1s, id: talk, run: [talk]}\n"
			   "  - {at: 2s, id: f, fault: warn, context: kthread}\n"
			   "end: 5s\n"
			   "expect:\n"
			   "  - {panic: any}\n"
			   "  - {metric: cpu.idle, from: 1s, to: 2s, min: 1}\n"
			   "  - {metric: load1, at: 1s, min: 1}\n"
			   "  - {metric: cpu1.idle, from: 1s, to: 2s, absent: true}\n"
			   "  - {log: oom-kill, after: talk}\n"
			   "  - {model: load}\n"
			   "  - {gap: largest, max: 1s}\n"
			   "  - {output: x, id: talk}\n"
			   "  - {exit: talk, status: 0}\n"
			   "  - {fired: warn}\n"
			   "  - {console: x}\n"
			   "never:\n"
			   "  - {log: bug}\n";

/* Lines that mean something, so that what a guest forges gets far. */
static const char *const lines[] = {
	"event=t0",
	"event=start id=talk kind=run",
	"event=exit id=talk status=\"exit 0\"",
	"event=host id=slow action=throttle",
	"event=host id=slow action=throttle back=yes",
	"event=declare id=talk runnable=3 blocked=9",
	"event=end",
	"event=qmp name=GUEST_PANICKED",
	"event=ended how=panic",
	"[    1.000000] Kernel panic - not syncing: forged\n",
	"6,1,1000000,-;Out of memory: Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB",
	"id=talk\nx\n",
	"event=fired id=f fault=warn context=kthread in_task=1 serving_softirq=0 in_hardirq=0 number=1",
	"cpu  1 0 1 9 0 0 0 0 0 0\ncpu0 1 0 1 9 0 0 0 0 0 0\nintr 1\nctxt 1\nbtime 1\nprocesses 1\n",
	"meta=source id=18 name=host",
	"meta=guest hz=250 clock=virtual foreign=0",
};

static struct lanes_layout layout;
static unsigned char *region;
static size_t region_bytes;
static struct scenario *scenario;
static char path[64];
static uint8_t program[ACTS_MAX * ACT_BYTES];
static size_t program_bytes;
static sem_t *go, *done;

/* A byte of the guest's; relaxed and atomic, so that two of these are no race: only the host's reading can be one. */
static void poke(size_t at, uint8_t value)
{
	__atomic_store_n(&region[at % region_bytes], value, __ATOMIC_RELAXED);
}

static void poke_u64(size_t at, uint64_t value)
{
	__atomic_store_n((uint64_t *)&region[at % region_bytes & ~(size_t)7], value, __ATOMIC_RELAXED);
}

/* A whole frame where the lane's head would be by the header, with the head moved on: as a writer of ours, or not
 * quite. */
static void put(const uint8_t *a)
{
	const char *text = lines[a[1] % (sizeof(lines) / sizeof(*lines))];
	struct lanes_header *h = (void *)region;
	struct lane_area *area = &h->lane[a[0] / 8 % LANE_SHARED];
	size_t base = 4096, lane = area - h->lane;
	uint64_t head = __atomic_load_n(&area->head, __ATOMIC_RELAXED), size = layout.size[lane];
	unsigned char frame[512] = {0};
	struct frame_head f = {.type = a[3] % 6,
			       .source = a[2] % (SOURCE_COUNT + 2),
			       .lane = a[4] & 1 ? a[4] % LANE_COUNT : lane,
			       .seq = a[4],
			       .before_ns = a[3] * 100000000ull,
			       .after_ns = a[3] * 100000000ull,
			       .payload_length = strlen(text)};

	f.length = frame_length(f.payload_length);
	f.crc = frame_crc(&f, text);
	memcpy(frame, &f, sizeof(f));
	memcpy(frame + sizeof(f), text, f.payload_length);
	for (size_t i = 0; i < lane; i++)
		base += layout.size[i];
	if (size - head % size < f.length)
		head += size - head % size;
	for (size_t i = 0; i < f.length; i++)
		poke(base + (head + i) % size, frame[i]);
	if (head + f.length > size && layout.ring)
		__atomic_store_n(&area->tail, (head + f.length - size + 7) & ~7ull, __ATOMIC_RELEASE);
	__atomic_store_n(&area->head, head + f.length, __ATOMIC_RELEASE);
}

static void act(const uint8_t *a)
{
	size_t at = a[1] << 8 | a[2];

	switch (a[0] % 8) {
	default:
		put(a);
		break;
	case 4: /* anything anywhere */
		poke(at, a[3]);
		break;
	case 5: /* the header: positions, the description */
		poke_u64(at % sizeof(struct lanes_header), (uint64_t)(int8_t)a[3] << (a[4] & 63));
		break;
	case 6: /* a position a little off */
		poke_u64(offsetof(struct lanes_header, lane) + at % (LANE_SHARED * sizeof(struct lane_area)), a[3] * 8);
		break;
	case 7: /* a length */
		poke_u64(4096 + at, a[3] | (uint64_t)a[4] << 24);
		break;
	}
}

static void *guest(void *arg)
{
	for (;;) {
		sem_wait(go);
		for (size_t i = 0; i + ACT_BYTES <= program_bytes; i += ACT_BYTES)
			act(program + i);
		sem_post(done);
	}
	return arg;
}

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

static void check_verdict(void)
{
	struct recording *r;
	struct verdict v;

	must(!recording_open(path, &r), "what was recorded can be read");
	must(!verdict_of(r, scenario, &v), "and judged");
	must(v.is != VERDICT_PASS && v.finding[0].judged != JUDGED_HELD, "a guest alone makes no panic and no pass");
	must(recording_source(r, "host") == SOURCE_host, "the guest names no sources");
	verdict_free(&v);
	recording_close_reader(r);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static sem_t sem[2];
	pthread_t thread;

	(void)argc;
	(void)argv;
	for (int i = 0; i < LANE_SHARED; i++)
		layout.size[i] = 8192;
	region_bytes = lanes_bytes(&layout);
	region = mmap(NULL, region_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(path, sizeof(path), "/dev/shm/fuka-fuzz-guest.%d", (int)getpid());
	go = &sem[0];
	done = &sem[1];
	sem_init(go, 0, 0);
	sem_init(done, 0, 0);
	must(!scenario_parse("guest.yaml", yaml, sizeof(yaml) - 1, expect_read, &scenario), "the scenario is one");
	must(!pthread_create(&thread, NULL, guest, NULL), "a guest");
	return 0;
}

static void record(struct supervision *w, struct recorder *recorder)
{
	must(!recorder_open(recorder, path, "meta=recording format=1 clock=real hz=250", yaml, sizeof(yaml) - 1),
	     "a recording can be made");
	recorder->bytes_max = 64 << 10;
	sem_post(go);
	for (int i = 0; i < LOOKS; i++)
		follower_read(&w->live, supervise_frame, w);
	sem_wait(done);
	follower_read(&w->live, supervise_frame, w);
	recorder_host_event(recorder, "event=ended how=poweroff");
	must(!recorder_close(recorder, &w->live), "and closed");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct machine machine = {.qmp.fd = -1, .net_fd = -1};
	struct recorder recorder;
	struct supervision w = {.machine = &machine, .scenario = scenario, .recorder = &recorder};

	if (!n)
		return 0;
	layout.ring = bytes[0] & 1;
	memset(region, 0, region_bytes);
	lanes_format(region, &layout);
	program_bytes = n - 1 < sizeof(program) ? n - 1 : sizeof(program);
	memcpy(program, bytes + 1, program_bytes);
	w.live = (struct follower){.region = region, .layout = layout};
	w.asked = calloc(scenario->entries + 1, sizeof(*w.asked));
	record(&w, &recorder);
	supervise_free(&w);
	check_verdict();
	unlink(path);
	return 0;
}
