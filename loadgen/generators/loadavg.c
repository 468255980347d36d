// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loadavg: drives load1 to a target and holds it there, with the kernel's formula in reverse.
 *
 * After each update of the averages (every 5 s and one tick) it picks the whole number of tasks that brings the next
 * one nearest to the target, at most tasks_max, and switches that many on. One task more or less moves an update by
 * 0.08, so the average stays within 0.04. Runnable tasks are stopped and continued; blocked ones enter and leave a
 * vfork.
 */
#include "lib/kernel/loadcount.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/harness/loadgen.h"
#include "lib/kernel/loadavg.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOLERANCE 0.1
#define LOOK_NS   50000000ull
#define AWAKE_NS  20000000ull /* one look takes no longer, even beside many spinners on a slow CPU */
#define TASKS_MAX 1000

#define BYS(X) X(BY_RUNNABLE, "runnable") X(BY_BLOCKED, "blocked")
enum {
	BYS(PARAM_ID)
};

struct loadavg_values {
	double target;
	int64_t by, tasks_max;
};

static const struct param params[] = {
	{"target", PARAM_NUMBER, NULL, 0.1, 500, NULL, "load1 to reach and hold",
	 offsetof(struct loadavg_values, target)},
	{"by", PARAM_CHOICE, "runnable", 0, 0, PARAM_WORDS(BYS), "with tasks in R or in D",
	 offsetof(struct loadavg_values, by)},
	{"tasks_max", PARAM_INT, "0", 0, TASKS_MAX, NULL, "most tasks at once; 0: twice the target, at least 4",
	 offsetof(struct loadavg_values, tasks_max)},
	{0},
};

struct switches {
	const struct loadavg_values *v;
	long tasks, on;
	int (*pipe)[2]; /* by blocked: a byte switches its task */
};

struct control {
	struct load *l;
	struct switches *s;
	struct loadcount count;     /* the leader must not be awake while the kernel counts */
	unsigned long target, load; /* times 2048 */
	uint64_t updated_ns, period_ns;
	long updates, fewest;
	double worst; /* largest deviation since it was reached */
	bool reached;
};

static long tasks_max(const struct loadavg_values *v)
{
	long twice = ceil(2 * v->target);

	return v->tasks_max ? v->tasks_max : twice > 4 ? twice : 4;
}

static int check(const void *values, char why[PARAM_WHY])
{
	const struct loadavg_values *v = values;

	if (v->target > tasks_max(v) || tasks_max(v) > TASKS_MAX)
		return snprintf(why, PARAM_WHY,
				"loadavg: %ld tasks cannot make a load of %g; raise tasks_max (at most %d)",
				tasks_max(v), v->target, TASKS_MAX),
		       -EINVAL;
	return 0;
}

/* A task in R: it spins, and the leader stops and continues it. */
static void runnable(const void *arg, long index)
{
	(void)arg;
	(void)index;
	for (;;)
		__asm__ volatile(".rept 500\n\tnop\n\t.endr");
}

/* A task in D: a byte makes it wait in a vfork, and the next byte ends its child and with it the wait. */
static void blocked(const void *arg, long index)
{
	const struct switches *s = arg;
	char byte;

	for (;;) {
		while (read(s->pipe[index][0], &byte, 1) != 1)
			continue;
		pid_t child = vfork();

		if (child == 0) {
			while (read(s->pipe[index][0], &byte, 1) != 1)
				continue;
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
}

static void switch_one(struct load *l, struct switches *s, long index, bool on)
{
	pid_t pid = load_worker_pid(l, index);

	if (s->v->by == BY_RUNNABLE && pid)
		kill(pid, on ? SIGCONT : SIGSTOP);
	else if (pid && write(s->pipe[index][1], "s", 1) != 1)
		say("loadavg: task %ld could not be switched: %s", index, strerror(errno));
}

static void switch_to(struct load *l, struct switches *s, long n)
{
	if (n == s->on)
		return;
	while (s->on < n)
		switch_one(l, s, s->on++, true);
	while (s->on > n)
		switch_one(l, s, --s->on, false);
	load_declare(l, s->v->by == BY_RUNNABLE ? n : 0, s->v->by == BY_BLOCKED ? n : 0);
}

static unsigned long read_load1(void)
{
	struct sysinfo info;

	return sysinfo(&info) ? 0 : info.loads[0] >> 5;
}

/* The number of tasks whose next update comes nearest to the target. */
static long best(const struct control *c, unsigned long load)
{
	double exact = ((double)c->target * LOADAVG_ONE - (double)load * loadavg_exp[0]) /
		       (LOADAVG_ONE - loadavg_exp[0]) / LOADAVG_ONE;
	long low = exact < 0 ? 0 : (long)exact, best = low;

	for (long n = low; n <= low + 1; n++)
		if (labs((long)loadavg_step(load, loadavg_exp[0], n) - (long)c->target) <
		    labs((long)loadavg_step(load, loadavg_exp[0], best) - (long)c->target))
			best = n;
	return best < c->s->tasks ? best : c->s->tasks;
}

static double deviation(const struct control *c, unsigned long load)
{
	return fabs((double)load - c->target) / LOADAVG_ONE;
}

/* The number of updates that the formula needs from here, with the best number of tasks at each. */
static long count_fewest(const struct control *c)
{
	unsigned long load = c->load;
	long n = 0;

	for (; n < 10000 && deviation(c, load) > TOLERANCE; n++)
		load = loadavg_step(load, loadavg_exp[0], best(c, load));
	return n;
}

/* Tasks of the rest of the machine are in the load already, so the next choice accounts for them. */
static void on_update(struct control *c, unsigned long load)
{
	char line[96];

	c->load = load;
	c->updates++;
	if (!c->reached && deviation(c, load) <= TOLERANCE) {
		c->reached = true;
		snprintf(line, sizeof(line), "event=reached updates=%ld fewest=%ld", c->updates, c->fewest);
		load_event(c->l, line);
		load_achieved(c->l, (double)c->target / LOADAVG_ONE, (double)load / LOADAVG_ONE, "load1", true);
	} else if (c->reached) {
		c->worst = fmax(c->worst, deviation(c, load));
	}
	switch_to(c->l, c->s, best(c, load));
}

static void hold(struct control *c)
{
	c->load = read_load1();
	c->fewest = count_fewest(c);
	switch_to(c->l, c->s, best(c, c->load));
	while (!load_stopping(c->l)) {
		load_wait(c->l, loadcount_off(&c->count, sys_now_ns() + LOOK_NS, AWAKE_NS));
		uint64_t now = sys_now_ns();
		unsigned long load = read_load1();
		bool due = c->updated_ns && now - c->updated_ns >= c->period_ns + 2 * LOOK_NS;

		if (load == c->load && !due)
			continue;
		/* An update that leaves load1 as it is can be noticed only by its time. */
		c->updated_ns = load == c->load ? c->updated_ns + c->period_ns : now;
		on_update(c, load);
	}
}

static bool conclude(struct control *c, const struct loadavg_values *v)
{
	bool ok = c->reached && c->worst <= TOLERANCE && load_workers_alive(c->l) == c->s->tasks;
	double load = (double)c->load / LOADAVG_ONE;

	load_achieved(c->l, v->target, c->reached && !ok ? v->target + c->worst : load, "load1", ok);
	return ok;
}

static int make_pipes(struct switches *s)
{
	s->pipe = calloc(s->tasks, sizeof(*s->pipe));
	for (long i = 0; s->pipe && i < s->tasks; i++)
		if (pipe2(s->pipe[i], O_CLOEXEC))
			return say_err(-errno, "loadavg: pipe %ld of %ld: %s; raise ulimit -n or lower tasks_max",
				       i + 1, s->tasks, strerror(errno));
	return s->pipe ? 0 : -ENOMEM;
}

static int run(struct load *l, const void *values)
{
	const struct loadavg_values *v = values;
	struct switches s = {.v = v, .tasks = tasks_max(v)};
	struct control c = {
		.l = l, .s = &s, .target = lround(v->target * LOADAVG_ONE), .period_ns = 5 * SYS_NS + sys_tick_ns()};

	if (make_pipes(&s) || load_workers(l, s.tasks, v->by == BY_RUNNABLE ? runnable : blocked, &s))
		return FUKA_FAIL;
	if (v->by == BY_RUNNABLE) /* stopped before they ever run */
		for (long i = 0; i < s.tasks; i++)
			switch_one(l, &s, i, false);
	load_ready(l);
	loadcount_find(&c.count);
	hold(&c);
	bool ok = conclude(&c, v);

	switch_to(l, &s, 0);
	load_workers_end(l);
	free(s.pipe);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static long held_tasks(const void *values)
{
	return tasks_max(values);
}

const struct generator loadgen_loadavg = {
	.name = "loadavg",
	.about = "drives load1 to a target and holds it, with tasks in R or D",
	.params = params,
	.values_size = sizeof(struct loadavg_values),
	.tasks = held_tasks,
	.check = check,
	.run = run,
};
