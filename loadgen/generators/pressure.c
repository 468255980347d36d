// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pressure: holds the share of time that PSI reports as stalled, in a control group of its own, at a target. It is a
 * closed loop on one figure: the total of the group's own pressure file over the last second.
 *
 *	cpu     some	one task always wants the CPU, a second one beside it for as much of the time as it takes
 *		full	a spinner whose group may use only so much of the CPU (cpu.max); the machine as a whole has no
 *			such figure (/proc/pressure/cpu says full 0 always: some task runs), but the group's cpu.stat
 *			has throttled_usec, by the scheduler's own account (scenarios/pressure-hold.yaml compares them)
 *	memory  full	a task that takes memory beyond memory.high, is throttled for it, and rests in between
 *		some	the same, with a second task that works meanwhile
 *	io	full	a task that reads a device directly, and rests in between
 *		some	the same, with a second task that works meanwhile
 *
 * Needs cgroup v2, and root or a delegated subtree.
 */
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/harness/loadgen.h"
#include "loadgen/parts/slowdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW_NS     SYS_NS      /* the period over which stalled time is measured */
#define CYCLE_NS      50000000ull /* one round of working and resting */
#define TOLERANCE_PP  5.0
#define SETTLE_NS     (30 * SYS_NS)
#define GAIN          0.15 /* correction per window, as a share of the error */
#define SMOOTH        5    /* windows that are judged together */
#define HIGH_BYTES    (16 << 20)
#define OVER_BYTES    (HIGH_BYTES / 64)
#define BLOCK_BYTES   4096
#define DISK_BYTES    (1 << 20)
#define DISK_DELAY_MS 20 /* of the disk that is made: a few waits per cycle */
#define CPU_PERIOD_US 100000

#define RESOURCES(X) X(ON_CPU, "cpu") X(ON_MEMORY, "memory") X(ON_IO, "io")
enum {
	RESOURCES(PARAM_ID)
};
#define KINDS(X) X(SOME, "some") X(FULL, "full")
enum {
	KINDS(PARAM_ID)
};

struct pressure_values {
	int64_t resource, kind;
	double percent;
	char *device;
};

static const struct param params[] = {
	{"resource", PARAM_CHOICE, "memory", 0, 0, PARAM_WORDS(RESOURCES), "what the tasks wait for",
	 offsetof(struct pressure_values, resource)},
	{"kind", PARAM_CHOICE, "some", 0, 0, PARAM_WORDS(KINDS), "some: at least one task waits; full: all of them",
	 offsetof(struct pressure_values, kind)},
	{"percent", PARAM_PERCENT, NULL, 1, 95, NULL, "share of the time", offsetof(struct pressure_values, percent)},
	{"device", PARAM_TEXT, NULL, 0, 0, NULL,
	 "io: a file or block device to read from with O_DIRECT; default: makes a slow disk",
	 offsetof(struct pressure_values, device)},
	{0},
};

struct pressure_shared {
	double drive; /* the actuator, 0 to 1 */
};

struct pressure_work {
	const struct pressure_values *v;
	struct pressure_shared *shared;
	char device[128]; /* io: the device to read from */
};

static int check(const void *values, char why[PARAM_WHY])
{
	const struct pressure_values *v = values;

	if (v->resource != ON_IO && v->device)
		return snprintf(why, PARAM_WHY, "device works only with resource: io"), -EINVAL;
	return 0;
}

/* The load always needs a group, so where no bound is needed it gets one that never takes effect. */
static void bounds(const void *values, struct load_common *c)
{
	const struct pressure_values *v = values;

	if (v->resource == ON_MEMORY && c->memory_high == INT64_MIN)
		c->memory_high = HIGH_BYTES;
	if (v->resource == ON_CPU && v->kind == FULL)
		c->cpu_max = 100 - v->percent;
	else if (v->resource != ON_MEMORY && isnan(c->cpu_max))
		c->cpu_max = 100.0 * sysconf(_SC_NPROCESSORS_ONLN);
}

static double drive(const struct pressure_work *w)
{
	double d;

	__atomic_load(&w->shared->drive, &d, __ATOMIC_RELAXED);
	return d;
}

static void spin_until(uint64_t at_ns)
{
	while (sys_now_ns() < at_ns)
		__asm__ volatile(".rept 500\n\tnop\n\t.endr");
}

/* Both CPU tasks run on one CPU, because they must compete. */
static void share_one_cpu(void)
{
	cpu_set_t set, one;
	int cpu = 0;

	CPU_ZERO(&one);
	sched_getaffinity(0, sizeof(set), &set);
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &set))
		cpu++;
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* Task 0 always runs; task 1 competes for `drive` of each cycle, by the wall clock. */
static void on_cpu(const struct pressure_work *w, long index)
{
	share_one_cpu();
	for (;;) {
		uint64_t start = sys_now_ns();

		if (index == 0 || w->v->kind == FULL) {
			spin_until(start + SYS_NS);
			continue;
		}
		spin_until(start + drive(w) * CYCLE_NS);
		sys_sleep_until(start + CYCLE_NS);
	}
}

/* Sleeps until the stall since `start` is the share `drive` of the time since then. */
static void rest_after(const struct pressure_work *w, uint64_t start)
{
	uint64_t now = sys_now_ns();
	double share = fmax(drive(w), 0.005);

	sys_sleep_until(now + (now - start) * (1 / share - 1));
}

static void touch(char *from, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += BLOCK_BYTES)
		*(volatile char *)(from + at) = 1;
}

/*
 * The kernel charges pages beyond memory.high and makes the task wait for it; then they are released. The wait grows
 * with the square of the excess: 1/64 costs some tens of milliseconds, 1/4 would cost two seconds each time.
 */
static void on_memory(const struct pressure_work *w)
{
	char *p = mmap(NULL, HIGH_BYTES + OVER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(FUKA_FAIL);
	touch(p, HIGH_BYTES - OVER_BYTES);
	for (;;) {
		uint64_t start = sys_now_ns();

		touch(p + HIGH_BYTES - OVER_BYTES, 2 * OVER_BYTES);
		rest_after(w, start);
		madvise(p + HIGH_BYTES - OVER_BYTES, 2 * OVER_BYTES, MADV_DONTNEED);
	}
}

static void on_io(const struct pressure_work *w)
{
	int fd = open(w->device, O_RDONLY | O_DIRECT | O_CLOEXEC);
	void *block = aligned_alloc(BLOCK_BYTES, BLOCK_BYTES);
	struct drand48_data random;
	double r;

	if (fd < 0 || !block) {
		say("pressure: %s cannot be read directly: %s", w->device, strerror(errno));
		_exit(FUKA_FAIL);
	}
	off_t size = lseek(fd, 0, SEEK_END);

	srand48_r(1, &random);
	for (;;) {
		uint64_t start = sys_now_ns();

		drand48_r(&random, &r);
		if (pread(fd, block, BLOCK_BYTES, (off_t)(r * (size / BLOCK_BYTES)) * BLOCK_BYTES) < 0)
			_exit(FUKA_FAIL);
		rest_after(w, start);
	}
}

/* The second task of `some` works, so that not all tasks wait. */
static void companion(void)
{
	for (;;) {
		uint64_t start = sys_now_ns();

		spin_until(start + CYCLE_NS / 5);
		sys_sleep_until(start + CYCLE_NS);
	}
}

static void worker(const void *arg, long index)
{
	const struct pressure_work *w = arg;

	if (w->v->resource == ON_CPU)
		on_cpu(w, index);
	else if (index == 1)
		companion();
	else if (w->v->resource == ON_MEMORY)
		on_memory(w);
	else
		on_io(w);
}

/* some avg10=0.00 avg60=0.00 avg300=0.00 total=1834 */
static int64_t stalled_us(const struct load *l, const struct pressure_values *v)
{
	static const char *const files[] = {"cpu.pressure", "memory.pressure", "io.pressure"};
	char path[320];
	_cleanup_(sys_freep) char *text = NULL;

	snprintf(path, sizeof(path), "%s/%s", load_group_dir(l), files[v->resource]);
	if (sys_read_file(path, &text, NULL))
		return -1;
	const char *line = strstr(text, v->kind == FULL ? "full" : "some"),
		   *total = line ? strstr(line, "total=") : NULL;

	return total ? strtoll(total + strlen("total="), NULL, 10) : -1;
}

/* The actuator for cpu full is the quota. */
static void set_quota(const struct load *l, double share)
{
	char path[320], text[48];

	snprintf(path, sizeof(path), "%s/cpu.max", load_group_dir(l));
	snprintf(text, sizeof(text), "%ld %d", lround(fmax(share, 0.01) * CPU_PERIOD_US), CPU_PERIOD_US);
	sys_write_tunable(path, text);
}

static double actuate(struct load *l, const struct pressure_work *w, double d)
{
	d = fmin(fmax(d, 0.002), 0.999);
	__atomic_store(&w->shared->drive, &d, __ATOMIC_RELAXED);
	if (w->v->resource == ON_CPU && w->v->kind == FULL)
		set_quota(l, 1 - d);
	return d;
}

struct loop {
	double recent[SMOOTH]; /* errors of the last windows, in percentage points */
	long windows;
	double error, worst; /* their mean; its largest absolute value since it settled */
	bool settled;
};

static void judge(struct loop *c, double error)
{
	long n = c->windows + 1 < SMOOTH ? c->windows + 1 : SMOOTH;

	c->recent[c->windows++ % SMOOTH] = error;
	c->error = 0;
	for (long i = 0; i < n; i++)
		c->error += c->recent[i] / n;
	if (c->settled)
		c->worst = fmax(c->worst, fabs(c->error));
	else
		c->settled = n == SMOOTH && fabs(c->error) <= TOLERANCE_PP;
}

/* Measures and corrects by a share of the error, window by window. Reports once when the error has settled. */
static void hold(struct load *l, const struct pressure_work *w, struct loop *c)
{
	double d = actuate(l, w, w->v->percent / 100);
	int64_t before = stalled_us(l, w->v);
	uint64_t then = sys_now_ns();

	for (;;) {
		load_wait(l, then + WINDOW_NS);
		if (load_stopping(l))
			return;
		uint64_t now = sys_now_ns();
		int64_t after = stalled_us(l, w->v);
		double target = w->v->percent * load_level(l), got = 100.0 * (after - before) * 1000 / (now - then);
		bool was = c->settled;

		judge(c, got - target);
		if (c->settled && !was)
			load_achieved(l, target, target + c->error, "%", now - load_went_ns(l) <= SETTLE_NS);
		d = actuate(l, w, d + GAIN * (target - got) / 100);
		before = after;
		then = now;
	}
}

static int find_device(struct load *l, struct pressure_work *w)
{
	char name[64];

	if (w->v->resource != ON_IO)
		return 0;
	if (w->v->device)
		return snprintf(w->device, sizeof(w->device), "%s", w->v->device), 0;
	load_name(l, name, sizeof(name));
	return slowdisk_make(l, "pressure", name, DISK_DELAY_MS, DISK_BYTES, w->device, sizeof(w->device));
}

static int run(struct load *l, const void *values)
{
	const struct pressure_values *v = values;
	struct pressure_work w = {.v = v};
	struct loop c = {0};
	long workers = v->kind == SOME ? 2 : 1;

	w.shared = mmap(NULL, sizeof(*w.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.shared == MAP_FAILED || !load_group_dir(l))
		return say_err(FUKA_FAIL, "pressure: no control group of its own");
	if (stalled_us(l, v) < 0)
		return load_lacks(l, "control groups with pressure files: cgroup v2, and a kernel with PSI");
	actuate(l, &w, v->percent / 100);
	int r = find_device(l, &w);

	if (r || load_workers(l, workers, worker, &w))
		return r == FUKA_SKIP ? FUKA_SKIP : FUKA_FAIL;
	load_ready(l);
	hold(l, &w, &c);
	bool ok = c.settled && c.worst <= TOLERANCE_PP && load_workers_alive(l) == workers;
	double target = v->percent * load_level(l);

	load_achieved(l, target, target + (ok || !c.settled ? c.error : c.worst), "%", ok);
	load_workers_end(l);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static const char *const *modules(const void *values)
{
	const struct pressure_values *v = values;

	return v->resource == ON_IO && !v->device ? slowdisk_modules : NULL;
}

static long tasks(const void *values)
{
	return ((const struct pressure_values *)values)->kind == SOME ? 2 : 1;
}

const struct generator loadgen_pressure = {
	.name = "pressure",
	.about = "holds PSI some or full of cpu, memory or io at a share of the time, in a control group of its own",
	.needs = "cgroup v2; root, or a delegated subtree; io without a device: root, and dm-mod, dm-zero and dm-delay",
	.modules = modules,
	.tasks = tasks,
	.params = params,
	.values_size = sizeof(struct pressure_values),
	.profiled = true,
	.check = check,
	.bounds = bounds,
	.run = run,
};
