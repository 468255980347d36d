// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpu: N tasks, each running P percent of the time.
 *
 * At 100 % a task just spins. It is always runnable and counts in the load average however few CPUs there are. It
 * counts as achieved when it wanted to run all the time: waiting for a CPU is as good as having one; being stopped or
 * throttled by its control group is not.
 *
 * Below 100 % each worker compares its own CPU clock with the wall clock and sleeps when it is ahead. A round of pause
 * and work is of random length, so that the tick, which samples who is running, sees the task P percent of the time.
 * `hide` does the opposite on purpose: the task runs just after each tick and is asleep at the next, so that the tick
 * never sees it.
 *
 * The spin is a block of NOPs rather than a jump to itself: a CPU works on both, but on the virtual clock QEMU counts
 * instructions, and a long straight block makes twenty guest minutes of spinning some thirty times cheaper to simulate.
 */
#include "loadgen/harness/loadgen.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TOLERANCE_PP  0.1          /* achieved against asked, in percentage points, from SETTLE_NS on */
#define FROM_NS       300000000ull /* measured from here on … */
#define SETTLE_NS     900000000ull /* … and first reported: by then a task has its share */
#define SHORT_NS      2000000ull   /* a round of pause and work is at least this long … */
#define SPREAD_NS     11000000ull  /* … and at most this much longer: no multiple of a tick */
#define PAUSE_NS      100000       /* the shortest pause */
#define RUNNABLE      0.97         /* 100 %: the share of time that a task must have been running or waiting to */
#define LOOKS         5            /* at the clocks, until no other task ran in between */
#define APART_NS      50000ull
#define DEBT_MAX_NS   50000000.0 /* CPU time it may make up for */
#define LOOK_NS       500000.0   /* spinning time between two reads of its CPU clock */
#define HIDE_GUARD_NS 300000ull  /* hide: how long after a tick it starts */

struct cpu_values {
	int64_t tasks;
	double percent;
	bool hide;
	int64_t declare;
};

static const struct param params[] = {
	{"tasks", PARAM_INT, "1", 1, 100000, NULL, "tasks", offsetof(struct cpu_values, tasks)},
	{"percent", PARAM_PERCENT, "100%", 0.1, 100, NULL, "share of the time each of them runs",
	 offsetof(struct cpu_values, percent)},
	{"hide", PARAM_BOOL, "false", 0, 0, NULL, "run between ticks only, where tick-based accounting does not see it",
	 offsetof(struct cpu_values, hide)},
	{"declare", PARAM_INT, "-1", -1, 100000, NULL,
	 "value to declare to the load model instead of the truth (to test the model); -1: the truth",
	 offsetof(struct cpu_values, declare)},
	{0},
};

/* What workers need to know; copied by fork. */
struct pace {
	const struct load *load;
	double share;
	bool hide;
};

static uint64_t cpu_ns(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) ? 0 : t.tv_sec * SYS_NS + t.tv_nsec;
}

static void spin_block(void)
{
	__asm__ volatile(".rept 500\n\tnop\n\t.endr");
}

static void spin(const void *arg, long index)
{
	(void)arg;
	(void)index;
	for (;;)
		spin_block();
}

static void sleep_ns(uint64_t ns)
{
	struct timespec t = {.tv_sec = ns / SYS_NS, .tv_nsec = ns % SYS_NS};

	nanosleep(&t, NULL);
}

/* Stays in user space: the vDSO reads the wall clock without a system call. */
static void spin_until(uint64_t at_ns)
{
	while (sys_now_ns() < at_ns)
		spin_block();
}

/*
 * The share is held over time, not from pause to pause: the next round makes up for a late wake-up, but only for
 * DEBT_MAX_NS of it. After a long starvation the task goes on with its share instead of making up for the past. A
 * profile's level moves the target: `owed` is the integral of share × level over time.
 */
static void paced(const void *arg, long index)
{
	const struct pace *p = arg;
	struct drand48_data random;
	uint64_t then = sys_now_ns();
	double owed = 0, r;

	srand48_r(index + 1, &random);
	for (;;) {
		uint64_t now = sys_now_ns();
		double used = cpu_ns(CLOCK_THREAD_CPUTIME_ID), share = p->share * load_level(p->load);

		owed = fmin(owed + (now - then) * share, used + DEBT_MAX_NS);
		then = now;
		if (used < owed) {
			spin_until(now + fmin(owed - used, LOOK_NS));
			continue;
		}
		drand48_r(&random, &r);
		sleep_ns(fmax((SHORT_NS + r * SPREAD_NS) * (1 - share), PAUSE_NS));
	}
}

/* Runs from just after a tick until its share of the tick is over, and never across the next tick. */
static void hidden(const void *arg, long index)
{
	const struct pace *p = arg;
	uint64_t tick = sys_tick_ns(), due = 0, jiffies;

	(void)index;
	if (sys_next_tick(&due, &jiffies))
		due = 0; /* only root can find out; since Linux 6.4 ticks are at multiples of their period */
	uint64_t began = sys_now_ns(), used = (uint64_t)cpu_ns(CLOCK_THREAD_CPUTIME_ID);

	for (;;) {
		uint64_t now = sys_now_ns(), next = now - (now - due) % tick + tick,
			 latest = next + tick - HIDE_GUARD_NS / 2;

		sys_sleep_until(next + HIDE_GUARD_NS);
		/* CPU time owed until the next tick, less what was used: waking up and going to sleep count as well */
		int64_t owes = (int64_t)(p->share * (next + tick - began)) -
			       (int64_t)((uint64_t)cpu_ns(CLOCK_THREAD_CPUTIME_ID) - used);
		uint64_t end = sys_now_ns() + (owes > 0 ? owes : 0);

		spin_until(end < latest ? end : latest);
	}
}

static int check(const void *values, char why[PARAM_WHY])
{
	const struct cpu_values *v = values;

	if (v->hide && v->percent > 75)
		return snprintf(why, PARAM_WHY,
				"cpu: hide cannot run %g%%: it must sleep through each tick; at most 75%%", v->percent),
		       -EINVAL;
	return 0;
}

/* --- 100 %: the target is that number of tasks, always running or waiting for a CPU --- */

/* What the kernel has counted of a task up to now. */
struct account {
	uint64_t ran_ns, waited_ns;
	long long rests; /* voluntary context switches: the task left the CPU by itself, without being preempted */
};

/* Reads the task's state and its count of voluntary context switches. */
static bool is_runnable(pid_t pid, long long *rests)
{
	static const char state[] = "\nState:\t", switches[] = "\nvoluntary_ctxt_switches:";
	_cleanup_(sys_freep) char *path = sys_format("/proc/%d/status", pid);
	_cleanup_(sys_freep) char *status = NULL;
	const char *now, *count;

	*rests = 0;
	if (sys_read_file(path, &status, NULL) || !(now = strstr(status, state)) || !(count = strstr(now, switches)))
		return false;
	*rests = atoll(count + strlen(switches));
	return now[strlen(state)] == 'R';
}

static struct account account_of(pid_t pid)
{
	struct account a = {0};

	is_runnable(pid, &a.rests);
	if (sys_schedstat(pid, &a.ran_ns, &a.waited_ns))
		a.ran_ns = a.waited_ns = 0;
	return a;
}

/*
 * The scheduler adds a wait to a task's account only when it is over, and with many tasks per CPU the current wait is
 * long. But a task that is runnable now and has not slept since then was runnable all the time.
 */
static bool was_runnable(pid_t pid, const struct account *from, uint64_t wall_ns)
{
	uint64_t ran_ns, waited_ns;
	long long rests;

	if (is_runnable(pid, &rests) && rests == from->rests)
		return true;
	return !sys_schedstat(pid, &ran_ns, &waited_ns) &&
	       ran_ns + waited_ns - from->ran_ns - from->waited_ns >= RUNNABLE * wall_ns;
}

/* CPU time for which the load's own control group was throttled, over all CPUs; 0 if there is no group. */
static uint64_t throttled_ns(const struct load *l)
{
	static const char v2[] = "\nthrottled_usec ", v1[] = "\nthrottled_time ";
	const char *dir = load_group_dir(l), *at;
	_cleanup_(sys_freep) char *unified = NULL, *cpu = NULL, *stat = NULL;

	if (!dir)
		return 0;
	unified = sys_format("%s/cpu.stat", dir);
	cpu = sys_format("/sys/fs/cgroup/cpu%s/cpu.stat", strrchr(dir, '/'));
	if (sys_read_file(unified, &stat, NULL) && sys_read_file(cpu, &stat, NULL))
		return 0;
	if ((at = strstr(stat, v2)))
		return strtoull(at + strlen(v2), NULL, 10) * 1000;
	return (at = strstr(stat, v1)) ? strtoull(at + strlen(v1), NULL, 10) : 0;
}

/* The state of the tasks at the start of the measurement. */
struct start {
	uint64_t at_ns, throttled_ns;
	struct account *task;
};

/* A throttled group runs none of its tasks, but schedstat counts that time as waiting, so it is checked separately. */
static long count_runnable(struct load *l, long tasks, const struct start *from)
{
	uint64_t wall_ns = sys_now_ns() - from->at_ns, throttled = throttled_ns(l) - from->throttled_ns;
	long n = 0;

	load_workers_alive(l);
	if (throttled > (1 - RUNNABLE) * wall_ns) {
		say("cpu: the control group was throttled for %.3f s of CPU time within %.3f s; raise cpu_max",
		    throttled / 1e9, wall_ns / 1e9);
		return 0;
	}
	for (long i = 0; i < tasks; i++)
		n += load_worker_pid(l, i) && was_runnable(load_worker_pid(l, i), &from->task[i], wall_ns);
	return n;
}

/*
 * The leader must preempt its own workers to measure and to stop them, so it takes a higher priority, real-time if
 * theirs is. Without the privilege it waits its turn.
 */
static void go_first(void)
{
	struct sched_param p;

	setpriority(PRIO_PROCESS, 0, -20);
	if (!sched_getparam(0, &p) && p.sched_priority && p.sched_priority++ < sched_get_priority_max(SCHED_FIFO))
		sched_setparam(0, &p);
}

static bool spin_judged(struct load *l, const struct cpu_values *v, struct start *from)
{
	long running = -1;

	load_wait(l, load_went_ns(l) + FROM_NS);
	for (long i = 0; i < v->tasks; i++)
		from->task[i] = account_of(load_worker_pid(l, i));
	from->throttled_ns = throttled_ns(l);
	from->at_ns = sys_now_ns();
	load_wait(l, load_went_ns(l) + SETTLE_NS);
	for (bool last = false; !last;) {
		long before = running;

		last = load_stopping(l);
		running = count_runnable(l, v->tasks, from);
		if (running != before)
			load_achieved(l, v->tasks, running, "tasks", running == v->tasks);
		if (!last)
			load_wait(l, 0);
	}
	return running == v->tasks;
}

static int run_spinning(struct load *l, const struct cpu_values *v)
{
	struct start from = {.task = calloc(v->tasks, sizeof(*from.task))};

	if (!from.task)
		return say_err(FUKA_FAIL, "cpu: no memory to watch %lld tasks", (long long)v->tasks);
	go_first();
	load_declare(l, v->declare >= 0 ? v->declare : v->tasks, 0);
	bool ok = spin_judged(l, v, &from);

	free(from.task);
	load_workers_end(l);
	load_declare(l, 0, 0);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

/* --- below 100 %: the target is a share of the time --- */

/* CPU time of all workers together, from their own clocks. A worker that has ended counts with its last value. */
static uint64_t total_cpu_ns(const struct load *l, long tasks, double *used_ns)
{
	uint64_t sum = 0;

	for (long i = 0; i < tasks; i++) {
		used_ns[i] = fmax(used_ns[i], load_worker_cpu_ns(l, i));
		sum += (uint64_t)used_ns[i];
	}
	return sum;
}

/* CPU time in ns per task that the profile asks for between two times; a sum of small steps is exact enough. */
static double asked_ns(const struct load *l, const struct cpu_values *v, uint64_t from, uint64_t now)
{
	const uint64_t step = 10000000;
	double sum = 0;

	for (uint64_t t = from; t < now; t += step)
		sum += (now - t < step ? now - t : step) * load_level_at(l, t - load_went_ns(l));
	return sum * v->percent / 100;
}

/* Wall and CPU time of one instant, as near as possible: another task may run between the two reads. */
struct instant {
	uint64_t at_ns, cpu_ns;
};

static struct instant look(const struct load *l, long tasks, double *used_ns)
{
	struct instant best = {0};
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < LOOKS && least > APART_NS; i++) {
		uint64_t before = sys_now_ns(), cpu = total_cpu_ns(l, tasks, used_ns), apart = sys_now_ns() - before;

		if (apart < least)
			best = (struct instant){.at_ns = before + apart / 2, .cpu_ns = cpu};
		least = apart < least ? apart : least;
	}
	return best;
}

/* CPU time that a task may owe at any instant even if all is well: the cost of one pause. */
static double owed_ns(const struct load *l, const struct cpu_values *v)
{
	double share = load_is_profiled(l) ? 0.5 : v->percent / 100; /* the maximum of share * (1 - share) */

	return v->hide ? sys_tick_ns() : share * (1 - share) * (SHORT_NS + SPREAD_NS);
}

static void say_unreachable(const struct cpu_values *v, double asked, double got)
{
	say("cpu: %.4g %% could not be reached, only %.4g %%%s", asked, got,
	    v->hide ? "; the time between two ticks may allow no more"
		    : ", because other tasks run on these CPUs; policy: fifo takes precedence over them");
}

/* Below 100 %: reports the share that each task got, once it has settled and again at the end. */
static int run_paced(struct load *l, const struct cpu_values *v)
{
	_cleanup_(sys_freep) double *used_ns = calloc(v->tasks, sizeof(*used_ns));
	double asked = 0, got = 0;
	bool ok = false;

	if (!used_ns)
		return say_err(FUKA_FAIL, "cpu: no memory to watch %lld tasks", (long long)v->tasks);
	load_wait(l, load_went_ns(l) + FROM_NS);
	struct instant from = look(l, v->tasks, used_ns);

	for (bool first = true, last = false; !last; first = false) {
		load_wait(l, first ? load_went_ns(l) + SETTLE_NS : 0);
		last = load_stopping(l);
		struct instant now = look(l, v->tasks, used_ns);
		double wall = now.at_ns - from.at_ns;

		if (now.at_ns <= from.at_ns)
			break;
		asked = 100 * asked_ns(l, v, from.at_ns, now.at_ns) / wall;
		got = 100.0 * ((double)now.cpu_ns - (double)from.cpu_ns) / wall / v->tasks;
		ok = fabs(got - asked) <= fmax(TOLERANCE_PP, 100 * owed_ns(l, v) / wall) &&
		     load_workers_alive(l) == v->tasks;
		load_achieved(l, asked, got, "%", ok);
	}
	if (!ok && got < asked && load_workers_alive(l) == v->tasks)
		say_unreachable(v, asked, got);
	load_workers_end(l);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static int run(struct load *l, const void *values)
{
	const struct cpu_values *v = values;
	struct pace pace = {.load = l, .share = v->percent / 100, .hide = v->hide};
	bool spinning = v->percent >= 100 && !load_is_profiled(l);

	if (load_workers(l, v->tasks, spinning ? spin : v->hide ? hidden : paced, &pace))
		return FUKA_FAIL;
	load_ready(l);
	return spinning ? run_spinning(l, v) : run_paced(l, v);
}

static long tasks(const void *values)
{
	return ((const struct cpu_values *)values)->tasks;
}

const struct generator loadgen_cpu = {
	.name = "cpu",
	.about = "tasks that run: always, or a share of the time",
	.params = params,
	.values_size = sizeof(struct cpu_values),
	.tasks = tasks,
	.profiled = true,
	.check = check,
	.run = run,
};
