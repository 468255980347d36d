// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * switch: context switches, or short-lived processes, at a rate.
 *
 * Two threads on one CPU hand a byte (pipe) or a word (futex) back and forth. Each hand-over is one switch, and the
 * idle task does not run in between, because one of the two is always runnable. The count is the kernel's count of this
 * process's switches, plus one for each pause, because the switch away from the idle task, or from whatever ran
 * meanwhile, counts too.
 *
 * via: processes creates processes that exit at once: the load that top does not show. /proc/stat counts both, as ctxt
 * and as processes. A switch costs 1-3 us, a process 50-100 us. A rate that the machine cannot reach is reported as
 * missed.
 */
#include "loadgen/parts/rate.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define VIAS(X) X(VIA_PIPE, "pipe") X(VIA_FUTEX, "futex") X(VIA_PROCESSES, "processes")
enum switch_via {
	VIAS(PARAM_ID)
};

struct switch_values {
	double rate;
	int64_t via, workers;
};

static const struct param params[] = {
	{"rate", PARAM_NUMBER, "10000", 1, 10000000, "/s", "switches, or processes, per second",
	 offsetof(struct switch_values, rate)},
	{"via", PARAM_CHOICE, "pipe", 0, 0, PARAM_WORDS(VIAS),
	 "two threads and a pipe, two threads and a futex, or processes that exit at once",
	 offsetof(struct switch_values, via)},
	{"workers", PARAM_INT, "1", 1, 1000, NULL,
	 "pairs of threads, or creators of processes, one per CPU, round robin",
	 offsetof(struct switch_values, workers)},
	{0},
};

/* What the two threads share. */
struct pair {
	enum switch_via via;
	int ping[2], pong[2];
	_Atomic uint32_t turn; /* futex: the thread that may run */
	int64_t switches;      /* at the end of the last burst */
};

static void futex_hand_over(struct pair *p, uint32_t mine)
{
	atomic_store(&p->turn, !mine);
	syscall(SYS_futex, &p->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	while (atomic_load(&p->turn) != mine)
		syscall(SYS_futex, &p->turn, FUTEX_WAIT_PRIVATE, !mine, NULL, NULL, 0);
}

static void *partner(void *arg)
{
	struct pair *p = arg;
	char byte;

	if (p->via == VIA_PIPE)
		while (read(p->ping[0], &byte, 1) == 1 && write(p->pong[1], &byte, 1) == 1)
			continue;
	while (p->via == VIA_FUTEX && atomic_load(&p->turn) != 1)
		syscall(SYS_futex, &p->turn, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	while (p->via == VIA_FUTEX)
		futex_hand_over(p, 1);
	return NULL;
}

static int64_t own_switches(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) ? 0 : u.ru_nvcsw + u.ru_nivcsw;
}

static int open_pair(void *state, const void *values, long index)
{
	const struct switch_values *v = values;
	struct pair *p = state;
	pthread_t thread;

	*p = (struct pair){.via = v->via};
	int r = rate_pin(index);

	if (r)
		return say_err(r, "switch: worker %ld could not be tied to one CPU: %s", index, strerror(-r));
	if (p->via == VIA_PROCESSES)
		return 0;
	r = pipe(p->ping) || pipe(p->pong) ? errno : pthread_create(&thread, NULL, partner, p);
	p->switches = own_switches();
	return r ? say_err(-r, "switch: no pipe or no second thread for worker %ld: %s", index, strerror(r)) : 0;
}

static bool round_trip(struct pair *p)
{
	char byte = 0;

	if (p->via == VIA_FUTEX)
		futex_hand_over(p, 0);
	return p->via == VIA_FUTEX || (write(p->ping[1], &byte, 1) == 1 && read(p->pong[0], &byte, 1) == 1);
}

static int64_t burst_switches(struct pair *p, int64_t n)
{
	int64_t before = p->switches - 1; /* the pause that has just ended */

	do {
		int64_t trips = (n - (p->switches - before)) / 2;

		for (int64_t i = 0; i < (trips ? trips : 1); i++)
			if (!round_trip(p))
				return 0;
		p->switches = own_switches();
	} while (p->switches - before < n);
	return p->switches - before;
}

static bool one_process(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

/* Processes that a limit refuses are missing from the rate. */
static int64_t burst_processes(int64_t n)
{
	int64_t made = 0;

	while (made < n && one_process())
		made++;
	return made;
}

static int64_t burst(void *state, int64_t n, uint64_t until_ns)
{
	struct pair *p = state;

	(void)until_ns;
	return p->via == VIA_PROCESSES ? burst_processes(n) : burst_switches(p, n);
}

static int run(struct load *l, const void *values)
{
	const struct switch_values *v = values;
	struct rate r = {
		.per_second = v->rate,
		.workers = v->workers,
		.unit = v->via == VIA_PROCESSES ? "processes/s" : "switches/s",
		.open = open_pair,
		.burst = burst,
		.missed =
			"switch: off target: one worker uses one CPU; lower rate, or set workers to the number of CPUs",
	};

	return rate_run(l, &r, v);
}

static long tasks(const void *values)
{
	return 2 * ((const struct switch_values *)values)->workers;
}

const struct generator loadgen_switch = {
	.name = "switch",
	.about = "context switches at a rate, or short-lived processes at a rate",
	.params = params,
	.values_size = sizeof(struct switch_values),
	.tasks = tasks,
	.profiled = true,
	.run = run,
};
