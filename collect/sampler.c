// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/sampler.h"
#include "collect/source.h"
#include "collect/sources/source.h"
#include "collect/tasks.h"
#include "lib/say.h"
#include "lib/sys.h"

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
#include <time.h>
#include <unistd.h>

#define STACK_BYTES   (128 << 10)
#define TASKS_BYTES   (256 << 10)
#define KMSG_BYTES    8192
#define AFTER_TICK_NS 300000 /* how long after a tick samples begin: its softirqs are over by then */
#define MARGIN_TICKS  3
#define WALK_NS       100000000 /* a walk over many tasks on a slow CPU */
#define FAST_PRIORITY 50
#define SLOW_PRIORITY 40

/* The fast sources, in the order of collect/list.h. */
#define SOURCE_FAST(name) extern const struct source source_##name;
#define SOURCE_TASKS(name)
#define SOURCE_KMSG(name)
#define SOURCE_OTHER(name)
#define SOURCE(name, room, what) SOURCE_##room(name)
#include "collect/list.h"
#undef SOURCE_FAST

static struct fast {
	const struct source *source;
	uint16_t id;
	int fd;
} fast[] = {
#define SOURCE_FAST(name) {&source_##name, SOURCE_##name, -1},
#include "collect/list.h"
};

#define FAST_COUNT (sizeof(fast) / sizeof(*fast))

static struct {
	struct sampler_config config;
	struct lane_writer fast_lane, tasks_lane, kmsg_lane;
	pthread_t fast_thread, tasks_thread, kmsg_thread;
	uint64_t t0_ns, tick_ns;
	int64_t load_phase_ns; /* the load average counts at this time, and every 5 s and a tick after it */
	int kmsg_fd;
	int stop_fd; /* readable when it is over: wakes the kmsg thread */
	bool stop, started;
	char fast_buf[64 << 10];
	char tasks_buf[TASKS_BYTES];
	char kmsg_buf[KMSG_BYTES];
} sampler;

uint64_t sampler_round_bytes(int cpus)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < FAST_COUNT; i++)
		bytes += frame_length(fast[i].source->bytes + cpus * fast[i].source->bytes_cpu);
	return bytes;
}

static void read_source(const struct fast *f, uint64_t tick)
{
	struct frame_head h = {.type = FRAME_SAMPLE, .source = f->id, .tick = tick};
	ssize_t n;

	h.before_ns = sys_now_ns();
	if (f->source->call)
		n = f->source->call(sampler.fast_buf, sizeof(sampler.fast_buf));
	else
		n = pread(f->fd, sampler.fast_buf, sizeof(sampler.fast_buf), 0);
	h.after_ns = sys_now_ns();
	if (n < 0)
		return; /* the hole shows: the source has no sample with this tick */
	h.flags = n == sizeof(sampler.fast_buf) ? FRAME_TRUNCATED : 0;
	h.payload_length = n;
	lane_write(&sampler.fast_lane, &h, sampler.fast_buf);
}

static void fast_round(uint64_t tick)
{
	for (size_t i = 0; i < FAST_COUNT; i++)
		if (fast[i].fd >= 0 || fast[i].source->call)
			read_source(&fast[i], tick);
}

/*
 * The kernel counts the active tasks for the load average when jiffies, since boot, is a multiple of 5 * HZ + 1.
 * -1: jiffies is not for us to read.
 */
static int64_t find_load_phase(void)
{
	uint64_t due_ns, jiffies;

	if (sys_next_tick(&due_ns, &jiffies))
		return -1;
	return due_ns - (jiffies + 1) * sampler.tick_ns;
}

/*
 * When to take the sample that is due at `due` and takes up to `length`: not while the kernel counts the active tasks
 * for the load average, because then the sampler would count itself. Slow rates step aside to a little after the count.
 */
static uint64_t off_phase(uint64_t due, uint64_t length)
{
	uint64_t period = 5 * SYS_NS + sampler.tick_ns, after = MARGIN_TICKS * sampler.tick_ns;
	uint64_t window = length + after, phase = (due - sampler.load_phase_ns + length) % period;

	if (sampler.load_phase_ns < 0 || sampler.config.interval_ns < 2 * window || phase >= window)
		return due;
	return due + (window - phase) / sampler.tick_ns * sampler.tick_ns;
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

static void *fast_main(void *unused)
{
	uint64_t interval = sampler.config.interval_ns;

	(void)unused;
	be_real_time(FAST_PRIORITY);
	for (uint64_t tick = 0; !stopping();) {
		sys_sleep_until(off_phase(sampler.t0_ns + tick * interval, MARGIN_TICKS * sampler.tick_ns));
		if (stopping())
			break;
		fast_round(tick);
		/* What was missed stays missed, and shows as a jump of the tick number. */
		uint64_t passed = (sys_now_ns() - sampler.t0_ns) / interval;

		tick = passed > tick ? passed : tick;
		tick++;
	}
	return NULL;
}

static void tasks_round(uint64_t tick)
{
	struct frame_head h = {.type = FRAME_SAMPLE, .source = SOURCE_tasks, .tick = tick};

	h.before_ns = sys_now_ns();
	h.payload_length = tasks_walk(sampler.tasks_buf, sizeof(sampler.tasks_buf), sampler.config.tasks_largest);
	h.after_ns = sys_now_ns();
	lane_write(&sampler.tasks_lane, &h, sampler.tasks_buf);
}

/* Half an interval behind the fast samples, so that the two do not meet. */
static void *tasks_main(void *unused)
{
	uint64_t interval = sampler.config.tasks_ns;

	(void)unused;
	be_real_time(SLOW_PRIORITY);
	for (uint64_t tick = 0; !stopping(); tick++) {
		uint64_t due = sampler.t0_ns + tick * interval + sampler.config.interval_ns / 2;

		if (due + interval < sys_now_ns())
			continue;
		sys_sleep_until(off_phase(due, WALK_NS));
		if (!stopping())
			tasks_round(tick);
	}
	return NULL;
}

/* All records there are now. */
static void drain_kmsg(void)
{
	for (;;) {
		ssize_t n = read(sampler.kmsg_fd, sampler.kmsg_buf, sizeof(sampler.kmsg_buf));

		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue; /* EPIPE: records were overwritten before we came; the next read goes on */
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

static int spawn(pthread_t *thread, void *(*fn)(void *))
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	int r = -pthread_create(thread, &attr, fn, NULL);

	pthread_attr_destroy(&attr);
	return r ? say_err(r, "the sampler's thread could not start: %s", strerror(-r)) : 0;
}

int sampler_open(const struct sampler_config *config)
{
	sampler.config = *config;
	sampler.tick_ns = sys_tick_ns();
	sampler.load_phase_ns = find_load_phase();
	lane_writer(&sampler.fast_lane, config->region, LANE_FAST);
	lane_writer(&sampler.tasks_lane, config->region, LANE_TASKS);
	lane_writer(&sampler.kmsg_lane, config->region, LANE_KMSG);
	for (size_t i = 0; i < FAST_COUNT; i++)
		if (fast[i].source->path)
			fast[i].fd = open(fast[i].source->path, O_RDONLY | O_CLOEXEC); /* absent stays absent */
	sampler.kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sampler.stop_fd = eventfd(0, EFD_CLOEXEC);
	if (sampler.kmsg_fd < 0 || sampler.stop_fd < 0)
		return say_err(-errno, "/dev/kmsg cannot be read: %s; it needs root or kernel.dmesg_restrict=0",
			       strerror(errno));
	return spawn(&sampler.kmsg_thread, kmsg_main);
}

int sampler_start(uint64_t t0_ns)
{
	sampler.t0_ns = t0_ns;
	int r = spawn(&sampler.fast_thread, fast_main);

	if (!r)
		r = spawn(&sampler.tasks_thread, tasks_main);
	sampler.started = !r;
	return r;
}

void sampler_stop(void)
{
	uint64_t one = 1;

	__atomic_store_n(&sampler.stop, true, __ATOMIC_RELEASE);
	if (write(sampler.stop_fd, &one, sizeof(one)) < 0)
		say("the sampler's stop could not be signalled: %s", strerror(errno));
	pthread_join(sampler.kmsg_thread, NULL);
	if (!sampler.started)
		return;
	pthread_join(sampler.fast_thread, NULL);
	pthread_join(sampler.tasks_thread, NULL);
}

uint64_t sampler_t0(uint64_t ahead_ns)
{
	uint64_t tick = sys_tick_ns(), at = sys_now_ns() + ahead_ns, due_ns = 0, jiffies;

	if (sys_next_tick(&due_ns, &jiffies))
		due_ns = 0; /* where the kernel does not tell, ticks are at multiples of their length, since 6.4 surely
			     */
	uint64_t phase = (due_ns + AFTER_TICK_NS) % tick;

	return at - at % tick + phase + (at % tick > phase ? tick : 0);
}
