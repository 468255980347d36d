// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory: takes memory of one kind, up to a size, a share of the machine, or until something stops it; then holds it,
 * releases and takes it periodically, or starts again after it was killed.
 *
 * A worker takes the memory and the leader measures from outside: it reads from the kernel whether the target is met
 * (/proc/PID/status, or the whole machine's /proc/meminfo for kinds that belong to no process). Being killed by the OOM
 * killer is a result here, not an error.
 */
#include "loadgen/methods/memory.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/harness/loadgen.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TOLERANCE  0.01 /* of the target */
#define LOOK_NS    20000000ull
#define TOUCH_NS   100000000ull
#define RESPAWN_NS 100000000ull

#define AFTERS(X) X(AFTER_HOLD, "hold") X(AFTER_BREATHE, "breathe") X(AFTER_RESPAWN, "respawn") X(AFTER_EXIT, "exit")
enum {
	AFTERS(PARAM_ID)
};
#define THPS(X) X(THP_DEFAULT, "default") X(THP_ALWAYS, "always")
enum {
	THPS(PARAM_ID)
};

struct memory_values {
	int64_t size, kind, rate, after, period, thp;
	bool until_oom, touch, leave, pid1;
	char *dir;
};

#define AT(member) offsetof(struct memory_values, member)

static const struct param params[] = {
	{"size", PARAM_SIZE, "64M", 4096, 1099511627776, NULL, "how much to take", AT(size)},
	{"until_oom", PARAM_BOOL, "false", 0, 0, NULL, "take memory until something stops it, without a size",
	 AT(until_oom)},
	{"kind", PARAM_CHOICE, "anon", 0, 0, PARAM_WORDS(MEMORY_KINDS), "kind of memory", AT(kind)},
	{"rate", PARAM_SIZE, "0", 0, 1099511627776, NULL, "bytes per second; 0: as fast as possible", AT(rate)},
	{"after", PARAM_CHOICE, "hold", 0, 0, PARAM_WORDS(AFTERS),
	 "once the size is reached: hold it; release it and take it again each period; hold, and start again after "
	 "a kill; or end at once",
	 AT(after)},
	{"period", PARAM_TIME, "10s", 1e8, 3600e9, NULL, "breathe: full for half of it, empty for the other half",
	 AT(period)},
	{"touch", PARAM_BOOL, "false", 0, 0, NULL, "touch all of it repeatedly while it is held", AT(touch)},
	{"thp", PARAM_CHOICE, "default", 0, 0, PARAM_WORDS(THPS), "anon: ask for transparent huge pages", AT(thp)},
	{"dir", PARAM_TEXT, "/dev/shm", 0, 0, NULL, "tmpfs, file: the directory", AT(dir)},
	{"leave", PARAM_BOOL, "false", 0, 0, NULL, "shm, tmpfs, file: leave it behind when the task ends", AT(leave)},
	{"pid1", PARAM_BOOL, "false", 0, 0, NULL,
	 "lab only: PID 1 itself takes the memory, so that there need be no other task", AT(pid1)},
	{0},
};

/* The worker's progress, for the leader. */
struct progress {
	int64_t done;
	int error;
	bool full;
};

struct memory_work {
	const struct memory_values *v;
	const struct memory_kind *kind;
	struct progress *shared;
	int64_t bytes;
	int64_t machine_before; /* of kind->machine */
};

static int64_t target(const struct memory_values *v)
{
	return v->until_oom ? MEMORY_ENDLESS : param_size(v->size, sys_meminfo("MemTotal"));
}

/* Sleeps until the time at which `done` bytes are due by the rate. */
static void keep_rate(const struct memory_values *v, uint64_t start_ns, int64_t done)
{
	if (v->rate > 0)
		sys_sleep_until(start_ns + (uint64_t)((double)done / v->rate * SYS_NS));
}

/* By the machine's counter if the kind has one, because only the kernel knows the size of its objects. */
static int64_t taken(const struct memory_work *w, int64_t done)
{
	return w->kind->machine ? sys_meminfo(w->kind->machine) - w->machine_before : done;
}

static int take_all(const struct memory_work *w, struct memory_task *t)
{
	uint64_t start_ns = sys_now_ns();
	int64_t page = 4096, step = w->kind->step;

	if (w->v->rate > 0 && step > w->v->rate / 20) /* twenty steps a second, whatever the rate */
		step = w->v->rate / 20 / page * page > page ? w->v->rate / 20 / page * page : page;
	for (int64_t done = 0; taken(w, done) < w->bytes; done += step) {
		int64_t now =
			!w->kind->machine && w->bytes - done < step ? (w->bytes - done + page - 1) / page * page : step;
		int r = w->kind->take(t, done, now);

		if (r)
			return r;
		__atomic_store_n(&w->shared->done, done + now, __ATOMIC_RELEASE);
		keep_rate(w->v, start_ns, done + now);
	}
	return 0;
}

static void hold(const struct memory_work *w, const struct memory_task *t)
{
	for (;;) {
		if (w->v->touch && w->kind->touch)
			w->kind->touch(t, w->bytes);
		sys_sleep_until(sys_now_ns() + TOUCH_NS);
	}
}

static void worker(const void *arg, long index)
{
	const struct memory_work *w = arg;
	struct memory_task t = {.bytes = w->bytes,
				.dir = w->v->dir,
				.huge = w->v->thp == THP_ALWAYS,
				.leave = w->v->leave,
				.fd = -1,
				.id = -1};

	(void)index;
	int r = w->kind->open ? w->kind->open(&t) : 0;

	if (!r)
		r = take_all(w, &t);
	w->shared->error = r;
	__atomic_store_n(&w->shared->full, !r, __ATOMIC_RELEASE);
	if (!r && w->v->after != AFTER_EXIT)
		hold(w, &t);
	_exit(r ? FUKA_FAIL : FUKA_PASS);
}

/* Bytes held, by the kernel's counter; if the worker has no such counter, the bytes that it reported. */
static int64_t held(const struct load *l, const struct memory_work *w)
{
	pid_t pid = load_worker_pid(l, 0);
	int64_t bytes = w->kind->held && pid ? w->kind->held(pid) : -1;

	return bytes >= 0 ? bytes : taken(w, w->shared->done);
}

/* Starts a worker and waits until it is full, has died, or the load is to stop. True: full. */
static bool fill(struct load *l, const struct memory_work *w, bool first)
{
	*w->shared = (struct progress){0};
	if (!first && load_workers(l, 1, worker, w))
		return false;
	while (!load_stopping(l) && load_workers_alive(l) && !__atomic_load_n(&w->shared->full, __ATOMIC_ACQUIRE))
		load_wait(l, sys_now_ns() + LOOK_NS);
	return w->shared->full;
}

static bool say_result(struct load *l, const struct memory_work *w)
{
	int64_t got = held(l, w);
	/* The worker's own few pages are in its RSS too. */
	bool ok = w->v->until_oom || fabs((double)got - w->bytes) <= fmax(w->bytes * TOLERANCE, 1 << 20);

	load_achieved(l, w->v->until_oom ? got : w->bytes, got, "bytes", ok);
	return ok;
}

/* Releases the memory for half of each period. */
static bool breathe(struct load *l, const struct memory_work *w)
{
	bool ok = true;

	while (!load_stopping(l) && ok) {
		load_wait(l, sys_now_ns() + w->v->period / 2);
		load_workers_end(l);
		load_wait(l, sys_now_ns() + w->v->period / 2);
		if (!load_stopping(l))
			ok = fill(l, w, false) || load_stopping(l);
	}
	return ok;
}

/* Holds the memory; with respawn a killed worker is started again. */
static bool stay(struct load *l, const struct memory_work *w)
{
	while (!load_stopping(l)) {
		load_wait(l, sys_now_ns() + RESPAWN_NS);
		if (load_workers_alive(l))
			continue;
		if (w->v->after != AFTER_RESPAWN)
			break;
		load_workers_end(l);
		load_event(l, "event=respawn");
		fill(l, w, false);
	}
	return true;
}

/* A size larger than the machine's memory can never be reached; to run it out of memory there is until_oom. */
static int check_fits(const struct memory_work *w)
{
	int64_t memory = sys_meminfo("MemTotal"), swap = sys_meminfo("SwapTotal");
	char asked[32], has[32], swaps[32];

	if (w->v->until_oom || memory <= 0 || w->bytes <= memory + swap)
		return 0;
	param_size_text(w->bytes, asked, sizeof(asked));
	param_size_text(memory, has, sizeof(has));
	param_size_text(swap, swaps, sizeof(swaps));
	return say_err(-ENOMEM,
		       "memory: size: %s is more than this machine has: %s of memory and %s of swap; lower it, or use "
		       "until_oom",
		       asked, has, swaps);
}

static int run(struct load *l, const void *values)
{
	const struct memory_values *v = values;
	struct memory_work w = {.v = v, .kind = memory_kinds[v->kind], .bytes = target(v)};

	if (check_fits(&w))
		return FUKA_FAIL;
	if (w.kind->machine)
		w.machine_before = sys_meminfo(w.kind->machine);
	w.shared = mmap(NULL, sizeof(*w.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.shared == MAP_FAILED || load_workers(l, 1, worker, &w))
		return FUKA_FAIL;
	load_ready(l);
	bool there = fill(l, &w, true) || v->until_oom || v->after == AFTER_RESPAWN;
	bool ok = there && say_result(l, &w);

	if (!there) /* stopped or killed on the way */
		load_achieved(l, w.bytes, w.shared->done, "bytes", false);
	if (v->after == AFTER_EXIT)
		load_wait(l, 0);
	else if (v->after == AFTER_BREATHE && ok)
		ok = breathe(l, &w);
	else if (ok)
		ok = stay(l, &w);
	load_workers_end(l);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

/* PID 1 allocates the memory itself, so the OOM killer finds no killable process. */
static void in_pid1(const void *values)
{
	const struct memory_values *v = values;
	struct progress progress = {0};
	struct memory_work w = {.v = v, .kind = memory_kinds[v->kind], .shared = &progress, .bytes = target(v)};
	struct memory_task t = {.bytes = w.bytes, .dir = v->dir, .fd = -1, .id = -1};

	if (!w.kind->open || !w.kind->open(&t))
		take_all(&w, &t);
}

static bool wants_pid1(const void *values)
{
	return ((const struct memory_values *)values)->pid1;
}

static int check(const void *values, char why[PARAM_WHY])
{
	const struct memory_values *v = values;

	if (v->leave && !memory_kinds[v->kind]->outlives)
		return snprintf(why, PARAM_WHY, "memory: leave works only with kind: shm, tmpfs or file"), -EINVAL;
	if (v->thp == THP_ALWAYS && !memory_kinds[v->kind]->huge)
		return snprintf(why, PARAM_WHY, "memory: thp works only with kind: anon"), -EINVAL;
	if (v->until_oom && v->after == AFTER_BREATHE)
		return snprintf(why, PARAM_WHY, "memory: until_oom is never full, so it cannot breathe"), -EINVAL;
	int r = param_means(params, v, "size", !v->until_oom, "with until_oom", why);

	r = r ? r : param_means(params, v, "period", v->after == AFTER_BREATHE, "without after: breathe", why);
	r = r ? r : param_means(params, v, "dir", memory_kinds[v->kind]->in_dir, "without kind: tmpfs or file", why);
	return r ? r
		 : param_means(params, v, "touch", memory_kinds[v->kind]->touch, "without kind: anon, mlock or shm",
			       why);
}

const struct generator loadgen_memory = {
	.name = "memory",
	.about = "memory of one kind, to a size or until something stops it; then held, breathing, or taken again "
		 "after a kill",
	.params = params,
	.values_size = sizeof(struct memory_values),
	.check = check,
	.run = run,
	.wants_pid1 = wants_pid1,
	.in_pid1 = in_pid1,
};
