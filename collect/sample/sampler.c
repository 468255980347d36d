// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/sample/sampler.h"
#include "lib/record/source.h"
#include "collect/sample/sources/source.h"
#include "lib/kernel/loadcount.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES   (128 << 10)
#define FAST_BYTES    (256 << 10)
#define TASKS_BYTES   (256 << 10)
#define KMSG_BYTES    8192
#define AFTER_TICK_NS 300000 /* samples begin this long after a tick: its softirqs are over by then */
#define MARGIN_TICKS  3
#define WALK_NS       100000000     /* an ordinary walk on a slow CPU */
#define WALK_REST     19            /* rest in multiples of the last walk's CPU time: walks use at most 1/20 of a CPU */
#define SHORT_BYTES   (16ull << 20) /* memory is short below this, or below an eighth of the total */
#define SHORT_NICE    10            /* nice value of the walk while memory is short */
#define FAST_PRIORITY 50
#define SLOW_PRIORITY 40

/* The sources of one lane, in the order of lib/record/source_list.h. */
struct source_reader {
	const struct source *source;
	uint16_t id;
	int fd;
};

#define SOURCE_FAST(name)  extern const struct source source_##name;
#define SOURCE_TASKS(name) extern const struct source source_##name;
#define SOURCE_KMSG(name)
#define SOURCE_TIMELINE(name)
#define SOURCE_KMOD(name)
#define SOURCE_HOST(name)
#define SOURCE(name, lane, what) SOURCE_##lane(name)
#include "lib/record/source_list.h"
#undef SOURCE_FAST
#undef SOURCE_TASKS

static struct source_reader fast[] = {
#define SOURCE_FAST(name) {&source_##name, SOURCE_##name, -1},
#define SOURCE_TASKS(name)
#include "lib/record/source_list.h"
#undef SOURCE_FAST
#undef SOURCE_TASKS
};

static struct source_reader walks[] = {
#define SOURCE_FAST(name)
#define SOURCE_TASKS(name) {&source_##name, SOURCE_##name, -1},
#include "lib/record/source_list.h"
};

#define FAST_COUNT  (sizeof(fast) / sizeof(*fast))
#define WALKS_COUNT (sizeof(walks) / sizeof(*walks))

static struct {
	struct sampler_config config;
	struct lane_writer fast_lane, tasks_lane, kmsg_lane;
	pthread_t fast_thread, tasks_thread, kmsg_thread;
	uint64_t t0_ns;
	struct loadcount count;
	int kmsg_fd;
	int stop_fd; /* readable when sampling is over; wakes the kmsg thread */
	bool stop, started, log_open;
	char fast_buf[FAST_BYTES];
	char tasks_buf[TASKS_BYTES];
	char kmsg_buf[KMSG_BYTES];
} sampler;

static const struct source_reader *reader_of(int id)
{
	for (size_t i = 0; i < FAST_COUNT; i++)
		if (fast[i].id == id)
			return &fast[i];
	for (size_t i = 0; i < WALKS_COUNT; i++)
		if (walks[i].id == id)
			return &walks[i];
	return NULL;
}

static uint64_t usual(void)
{
	uint64_t sources = 0;

	for (int i = 0; i < SOURCE_COUNT; i++) {
		const struct source_reader *r = reader_of(i);

		if (source_is_sampled(i) && !(r && r->source->on_request))
			sources |= 1ull << i;
	}
	return sources;
}

_Static_assert(SOURCE_COUNT <= 64, "a bit each");

static int find_source(const char *name, size_t n)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (source_is_sampled(i) && strlen(source_rows[i].name) == n && !strncmp(source_rows[i].name, name, n))
			return i;
	return -1;
}

static void refuse(const char *name, size_t n, char *why, size_t size)
{
	size_t at = snprintf(why, size, "there is no source '%.*s'; there are", (int)n, name);

	for (int i = 0; i < SOURCE_COUNT && at < size; i++)
		if (source_is_sampled(i))
			at += snprintf(why + at, size - at, " %s", source_rows[i].name);
}

int sampler_select(const char *list, uint64_t *sources, char *why, size_t size)
{
	uint64_t chosen = usual();

	while (list && *list) {
		bool leave_out = *list == '-';
		size_t n;

		list += leave_out || *list == '+';
		n = strcspn(list, ", ");
		int id = find_source(list, n);
		if (id < 0) {
			refuse(list, n, why, size);
			return -EINVAL;
		}
		chosen = leave_out ? chosen & ~(1ull << id) : chosen | 1ull << id;
		list += n;
		list += strspn(list, ", ");
	}
	*sources = chosen;
	return 0;
}

static bool is_chosen(const struct source_reader *r)
{
	return sampler.config.sources >> r->id & 1;
}

uint64_t sampler_round_bytes(int cpus, uint64_t sources)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < FAST_COUNT; i++)
		if ((sources ? sources : usual()) >> fast[i].id & 1)
			bytes += frame_length(fast[i].source->bytes + cpus * fast[i].source->bytes_cpu);
	return bytes;
}

/* Reads a whole file; seq_file sources return at most a page per read. */
static ssize_t read_file(const struct source_reader *r, char *buf, size_t size)
{
	ssize_t n = pread(r->fd, buf, size, 0), more = n;

	while (r->source->by_line && more > 0 && (size_t)n < size) {
		more = pread(r->fd, buf + n, size - n, n);
		n += more > 0 ? more : 0;
	}
	return n;
}

static void read_source(const struct source_reader *r, uint64_t tick, struct lane_writer *lane, char *buf, size_t size)
{
	struct frame_head h = {.type = FRAME_SAMPLE, .source = r->id, .tick = tick};
	ssize_t n;

	h.before_ns = sys_now_ns();
	n = r->source->call ? r->source->call(buf, size) : read_file(r, buf, size);
	h.after_ns = sys_now_ns();
	if (n < 0)
		return; /* the gap is visible: the source has no sample with this tick */
	h.flags = (size_t)n == size ? FRAME_TRUNCATED : 0;
	h.payload_length = n;
	lane_write(lane, &h, buf);
}

static void fast_round(uint64_t tick)
{
	for (size_t i = 0; i < FAST_COUNT; i++)
		if (is_chosen(&fast[i]) && (fast[i].fd >= 0 || fast[i].source->call))
			read_source(&fast[i], tick, &sampler.fast_lane, sampler.fast_buf, sizeof(sampler.fast_buf));
}

static void tasks_round(uint64_t tick)
{
	for (size_t i = 0; i < WALKS_COUNT; i++)
		if (is_chosen(&walks[i]))
			read_source(&walks[i], tick, &sampler.tasks_lane, sampler.tasks_buf, sizeof(sampler.tasks_buf));
}

static void be_real_time(int priority)
{
	struct sched_param p = {.sched_priority = priority};

	pthread_setschedparam(pthread_self(), SCHED_FIFO, &p);
}

static bool stopping(void)
{
	return __atomic_load_n(&sampler.stop, __ATOMIC_ACQUIRE);
}

/* At low rates samples avoid the time of the load-average update, which would count the sampler itself. */
static uint64_t off_count(uint64_t due, uint64_t length, uint64_t interval)
{
	return interval < 2 * (length + MARGIN_TICKS * sampler.count.tick_ns)
		       ? due
		       : loadcount_off(&sampler.count, due, length);
}

static void *fast_main(void *unused)
{
	uint64_t interval = sampler.config.interval_ns;

	(void)unused;
	be_real_time(FAST_PRIORITY);
	for (uint64_t tick = 0; !stopping();) {
		sys_sleep_until(
			off_count(sampler.t0_ns + tick * interval, MARGIN_TICKS * sampler.count.tick_ns, interval));
		if (stopping())
			break;
		fast_round(tick);
		/* Missed samples are skipped, which shows as a jump of the tick number. */
		uint64_t passed = (sys_now_ns() - sampler.t0_ns) / interval;

		tick = passed > tick ? passed : tick;
		tick++;
	}
	return NULL;
}

/* Returns false as soon as sampling is over, because the next walk may be a minute away. */
static bool idle_until(uint64_t at_ns)
{
	struct pollfd p = {.fd = sampler.stop_fd, .events = POLLIN};

	for (uint64_t now = sys_now_ns(); now < at_ns && !stopping(); now = sys_now_ns()) {
		struct timespec rest = {.tv_sec = (at_ns - now) / SYS_NS, .tv_nsec = (at_ns - now) % SYS_NS};

		ppoll(&p, 1, &rest, NULL);
	}
	return !stopping();
}

static uint64_t own_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * SYS_NS + t.tv_nsec;
}

/*
 * A walk makes the kernel allocate. When memory is short, a real-time task that waits for memory spins in the kernel
 * until the OOM killer's victim has exited, and so keeps the victim from the only CPU that it needs to exit: a
 * livelock.
 */
static void choose_priority(void)
{
	struct sysinfo info;
	struct sched_param p = {0};

	if (sysinfo(&info) || info.freeram >= MAX(info.totalram / 8, SHORT_BYTES / info.mem_unit))
		be_real_time(SLOW_PRIORITY);
	else if (!setpriority(PRIO_PROCESS, gettid(), SHORT_NICE)) /* without effect while it is real-time */
		pthread_setschedparam(pthread_self(), SCHED_OTHER, &p);
}

/*
 * Walks are half an interval behind the fast samples, so that the two do not collide. A walk over ten thousand tasks
 * takes seconds of CPU time: the next one then waits until walks are a small share of the time again, and the ticks in
 * between have none.
 */
static void *tasks_main(void *unused)
{
	uint64_t interval = sampler.config.tasks_ns, rested = 0;

	(void)unused;
	for (uint64_t tick = 0; !stopping(); tick++) {
		uint64_t due = sampler.t0_ns + tick * interval + sampler.config.interval_ns / 2;

		if (due + interval < sys_now_ns() || due < rested)
			continue;
		if (!idle_until(off_count(due, WALK_NS, interval)))
			break;
		uint64_t used = own_cpu_ns();

		choose_priority();
		tasks_round(tick);
		rested = sys_now_ns() + (own_cpu_ns() - used) * WALK_REST;
	}
	return NULL;
}

/* Reads all records that are available now. */
static void drain_kmsg(void)
{
	for (;;) {
		ssize_t n = read(sampler.kmsg_fd, sampler.kmsg_buf, sizeof(sampler.kmsg_buf));

		if (n < 0 && (errno == EPIPE || errno == EINTR))
			/* EPIPE: records were overwritten before they were read; the next read continues after them */
			continue;
		if (n <= 0)
			return;
		uint64_t now = sys_now_ns();
		struct frame_head h = {.type = FRAME_LOG,
				       .source = SOURCE_kmsg,
				       .before_ns = now,
				       .after_ns = now,
				       .payload_length = n};

		lane_write(&sampler.kmsg_lane, &h, sampler.kmsg_buf);
	}
}

static void *kmsg_main(void *unused)
{
	struct pollfd p[] = {{.fd = sampler.kmsg_fd, .events = POLLIN}, {.fd = sampler.stop_fd, .events = POLLIN}};

	(void)unused;
	be_real_time(SLOW_PRIORITY);
	do {
		drain_kmsg();
		poll(p, 2, -1);
	} while (!stopping());
	drain_kmsg();
	return NULL;
}

static int start_thread(pthread_t *thread, void *(*fn)(void *))
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	int r = -pthread_create(thread, &attr, fn, NULL);

	pthread_attr_destroy(&attr);
	return r ? say_err(r, "the sampler's thread could not be started: %s", strerror(-r)) : 0;
}

static int open_log(void)
{
	sampler.kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (sampler.kmsg_fd < 0) {
		int err = say_err(-errno, "/dev/kmsg cannot be read: %s; it needs root or kernel.dmesg_restrict=0%s",
				  strerror(errno),
				  sampler.config.without_log ? "; continuing without the kernel log" : "");

		return sampler.config.without_log ? 0 : err;
	}
	drain_kmsg(); /* so that everything logged before t0 is read before t0 */
	int r = start_thread(&sampler.kmsg_thread, kmsg_main);

	sampler.log_open = !r;
	return r;
}

/* Opens a source's file. A missing file is not recorded; report that if the user requested it by name. */
static void open_file(struct source_reader *r)
{
	r->fd = open(r->source->path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0 && r->source->on_request)
		say("%s: %s; continuing without the source %s", r->source->path, strerror(errno),
		    source_rows[r->id].name);
}

int sampler_open(const struct sampler_config *config)
{
	sampler.config = *config;
	if (!sampler.config.sources)
		sampler.config.sources = usual();
	loadcount_find(&sampler.count);
	lane_writer(&sampler.fast_lane, config->region, LANE_FAST);
	lane_writer(&sampler.tasks_lane, config->region, LANE_TASKS);
	lane_writer(&sampler.kmsg_lane, config->region, LANE_KMSG);
	for (size_t i = 0; i < FAST_COUNT; i++)
		if (fast[i].source->path && is_chosen(&fast[i]))
			open_file(&fast[i]);
	sampler.stop_fd = eventfd(0, EFD_CLOEXEC);
	if (sampler.stop_fd < 0)
		return say_err(-errno, "the sampler's eventfd: %s", strerror(errno));
	return sampler.config.sources >> SOURCE_kmsg & 1 ? open_log() : 0;
}

int sampler_start(uint64_t t0_ns)
{
	sampler.t0_ns = t0_ns;
	int r = start_thread(&sampler.fast_thread, fast_main);

	if (!r)
		r = start_thread(&sampler.tasks_thread, tasks_main);
	sampler.started = !r;
	return r;
}

void sampler_stop_now(void)
{
	uint64_t one = 1;

	__atomic_store_n(&sampler.stop, true, __ATOMIC_RELEASE);
	if (write(sampler.stop_fd, &one, sizeof(one)) < 0)
		say("the sampler's stop could not be signalled: %s", strerror(errno));
	if (sampler.log_open)
		pthread_join(sampler.kmsg_thread, NULL);
}

void sampler_stop(void)
{
	sampler_stop_now();
	if (!sampler.started)
		return;
	pthread_join(sampler.fast_thread, NULL);
	pthread_join(sampler.tasks_thread, NULL);
}

uint64_t sampler_t0(uint64_t ahead_ns)
{
	uint64_t tick = sys_tick_ns(), at = sys_now_ns() + ahead_ns, due_ns = 0, jiffies;

	if (sys_next_tick(&due_ns, &jiffies))
		due_ns = 0; /* fallback: assume ticks at multiples of the period (guaranteed since 6.4) */
	uint64_t phase = (due_ns + AFTER_TICK_NS) % tick;

	return at - at % tick + phase + (at % tick > phase ? tick : 0);
}
