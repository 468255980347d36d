// SPDX-License-Identifier: GPL-2.0-or-later
#include "loadgen/parts/rate.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STEP_NS     5000000ull
#define SETTLE_NS   (SYS_NS / 2)
#define INTEGRAL_NS 10000000ull

/* The number of events of one worker, in a cache line of its own. */
struct counter {
	alignas(64) _Atomic int64_t made;
};

struct rate_job {
	const struct load *load;
	const struct rate *rate;
	const void *values;
	struct counter *counter;
};

int rate_pin(long index)
{
	cpu_set_t may, one;
	long skip;

	if (sched_getaffinity(0, sizeof(may), &may))
		return -errno;
	skip = index % CPU_COUNT(&may);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &may) || skip-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
	}
	return -EINVAL;
}

static uint64_t step_ns(const struct rate *r)
{
	/* time per event of one worker; if longer than the step, one event at a time */
	double one = r->workers * (double)SYS_NS / r->per_second;
	uint64_t step = r->step_ns ? r->step_ns : STEP_NS;

	return one > step ? fmin(one, SYS_NS) : step;
}

/* The start of the grid of steps, the same for all workers: now, or a quarter of a tick after a tick. */
static uint64_t grid_start(const struct rate *r, uint64_t step)
{
	uint64_t due, jiffies, origin = 0, now = sys_now_ns();

	if (r->tick_grid && !sys_next_tick(&due, &jiffies))
		origin = due % sys_tick_ns() + sys_tick_ns() / 4;
	return origin + (now - origin + step) / step * step;
}

/*
 * A random time with `step` as its mean, so that the tick, which samples who is running, does not always see the same
 * part of it.
 */
static uint64_t dithered(uint64_t step, struct drand48_data *random)
{
	double r;

	drand48_r(random, &r);
	return step / 2 + r * step;
}

/* Each worker is offset by its share of a step, so that they do not all act at once. */
static void worker(const void *arg, long index)
{
	const struct rate_job *j = arg;
	const struct rate *r = j->rate;
	alignas(16) char state[RATE_STATE] = {0};
	double share = r->per_second / r->workers / SYS_NS, owed = 0;
	uint64_t step = step_ns(r), then = grid_start(r, step), due = then + step * index / r->workers;
	struct drand48_data random;
	int64_t made = 0;

	srand48_r(index + 1, &random);
	if (r->open(state, j->values, index))
		return;
	for (uint64_t next;; due = next) {
		uint64_t now = sys_now_ns();

		due = now > due + RATE_DEBT_NS ? now : due;
		if (now < due)
			sys_sleep_until(due);
		next = due + (r->tick_grid ? step : dithered(step, &random));
		now = sys_now_ns();
		owed += (now - then) * share * load_level(j->load);
		/* 2, because a step is up to 1.5 events long */
		owed = fmin(owed, made + fmax(2, share * RATE_DEBT_NS));
		then = now;
		if (owed - made >= 0.5) /* rounded: a wake-up that is a little early must not skip its event */
			made += r->burst(state, llround(owed - made), next);
		atomic_store_explicit(&j->counter[index].made, made, memory_order_relaxed);
	}
}

static int64_t total(const struct rate_job *j)
{
	int64_t sum = 0;

	for (long i = 0; i < j->rate->workers; i++)
		sum += atomic_load_explicit(&j->counter[i].made, memory_order_relaxed);
	return sum;
}

/* The number of events that the profile asks for between two times. */
static double asked_events(const struct load *l, const struct rate *r, uint64_t from, uint64_t now)
{
	double sum = 0;

	for (uint64_t t = from; t < now; t += INTEGRAL_NS)
		sum += (now - t < INTEGRAL_NS ? now - t : INTEGRAL_NS) * load_level_at(l, t - load_went_ns(l));
	return sum * r->per_second / SYS_NS;
}

/* Reports the result once RATE_MEASURED seconds are over, and again at the end. */
static int measure(struct load *l, const struct rate_job *j)
{
	const struct rate *r = j->rate;
	uint64_t first = load_went_ns(l) + RATE_MEASURED * SYS_NS;
	bool ok = false, measured = false;

	load_wait(l, load_went_ns(l) + SETTLE_NS);
	uint64_t from = sys_now_ns();
	int64_t made = total(j);

	for (bool last = false; !last; measured = true) {
		load_wait(l, measured ? 0 : first);
		last = load_stopping(l);
		uint64_t now = sys_now_ns();
		double s = (double)(now - from) / SYS_NS, asked = asked_events(l, r, from, now);

		if (s < 0.1)
			return say_err(FUKA_FAIL, "stopped after %.1f s: a rate needs at least %.1f s to be measured",
				       (double)(now - load_went_ns(l)) / SYS_NS, 0.1 + (double)SETTLE_NS / SYS_NS);
		double got = total(j) - made, tolerance = r->tolerance_percent ? r->tolerance_percent : 1;
		/* At either end, each worker may have one step of events due but not done. */
		double slack = asked * tolerance / 100 + 2 * r->workers + 2 * r->per_second * step_ns(r) / SYS_NS;

		ok = fabs(got - asked) <= slack && load_workers_alive(l) == r->workers;
		load_achieved(l, asked / s, got / s, r->unit, ok);
	}
	return ok ? FUKA_PASS : FUKA_FAIL;
}

int rate_run(struct load *l, const struct rate *r, const void *values)
{
	struct rate_job j = {.load = l, .rate = r, .values = values};
	size_t bytes = r->workers * sizeof(*j.counter);

	j.counter = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (j.counter == MAP_FAILED)
		return say_err(FUKA_FAIL, "no memory for the counts of %ld workers: %s", r->workers, strerror(errno));
	if (load_workers(l, r->workers, worker, &j))
		return FUKA_FAIL;
	load_ready(l);
	int status = measure(l, &j);

	if (r->release)
		r->release(values);
	load_workers_end(l);
	if (status && r->missed)
		say("%s", r->missed);
	return status;
}
