// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpu: N tasks that spin. They are always runnable, so they count N in the load average however few CPUs there are,
 * and together they leave no idle time.
 *
 * The spin is a block of NOPs rather than a jump to itself: a CPU works on both, but on the virtual clock QEMU counts
 * instructions, and a long straight block makes twenty guest minutes of spinning some thirty times cheaper to simulate.
 */
#include "loadgen/loadgen.h"
#include "lib/say.h"

struct values {
	int64_t tasks;
	int64_t declare;
};

static const struct param params[] = {
	{"tasks", PARAM_INT, "1", 1, 100000, NULL, "spinning tasks", offsetof(struct values, tasks)},
	{"declare", PARAM_INT, "-1", -1, 100000, NULL,
	 "what to declare to the load model instead of the truth (tests the test); -1: the truth",
	 offsetof(struct values, declare)},
	{0},
};

static void spin(const void *arg, long index)
{
	(void)arg;
	(void)index;
	for (;;)
		__asm__ volatile(".rept 500\n\tnop\n\t.endr");
}

static int run(struct load *l, const void *values)
{
	const struct values *v = values;

	if (load_workers(l, v->tasks, spin, NULL))
		return FUKA_FAIL;
	load_ready(l);
	load_declare(l, v->declare >= 0 ? v->declare : v->tasks, 0);
	long alive = load_workers_alive(l);

	load_achieved(l, v->tasks, alive, "tasks", alive == v->tasks);
	load_wait(l, 0);
	long left = load_workers_alive(l);

	load_workers_end(l);
	load_declare(l, 0, 0);
	return left == v->tasks ? FUKA_PASS : FUKA_FAIL;
}

const struct generator loadgen_cpu = {
	.name = "cpu",
	.about = "tasks that spin: always runnable, no idle time left",
	.params = params,
	.values_size = sizeof(struct values),
	.run = run,
};
