// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dstate: exactly N tasks in uninterruptible sleep.
 *
 * via: vfork needs neither privilege nor device. It is a chain of clone(CLONE_VM | CLONE_VFORK): each task waits in the
 * kernel (state D, wchan kernel_clone or wait_for_vfork_done) until its child ends, and the last one, the leaf, sleeps
 * on a pipe. They count in the load average and use no CPU; they are neither iowait nor procs_blocked, because they
 * wait for no I/O. About 33 KiB each. Closing the pipe, which also happens when the leader dies, ends the leaf, and the
 * chain unwinds from its end: each link reaps its child before it ends itself. If the chain were killed from its head,
 * or its links were not reaped, the kernel would reparent every link by walking all remaining ancestors: O(n²).
 *
 * The other ways need something to sleep on, and root: loadgen/methods/dstate_*.c. The tasks of via: kthread are
 * threads of the kernel module. Each task's state is read until it is D, and once more when all are, so that 10,000
 * tasks cost 20,000 reads, and none while they are held. Whatever takes long pauses while the kernel counts the active
 * tasks, and the number blocked by then is declared.
 */
#include "loadgen/methods/dstate.h"
#include "lib/kernel/loadcount.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES   4096 /* a link only clones, writes its pid and waits */
#define SETTLE_NS     (30 * SYS_NS)
#define LOOK_EVERY_NS (20 * 1000000ull)
#define PAUSE_NS      (200 * 1000000ull) /* before the kernel counts: by then it has freed the tasks that have ended */
#define DECLARE_NS    (10 * 1000000ull)  /* before the kernel counts: the number blocked is declared */
#define BATCH         64                 /* links that end in a row before a pause … */
#define FREE_NS       (12 * 1000000ull)  /* … in which the kernel frees them: a few ticks, for RCU */

static const struct stall_way way_vfork = {.killable = 1}, way_kthread = {0};

#define VIAS(X)                                                                                                        \
	X(VFORK, "vfork", &way_vfork)                                                                                  \
	X(FREEZE, "freeze", &stall_freeze)                                                                             \
	X(FUSE, "fuse", &stall_fuse)                                                                                   \
	X(DM, "dm", &stall_dm)                                                                                         \
	X(DISK, "disk", &stall_disk)                                                                                   \
	X(KTHREAD, "kthread", &way_kthread)

enum dstate_via {
#define VIA(id, word, way) VIA_##id,
	VIAS(VIA)
#undef VIA
};

static const struct stall_way *const ways[] = {
#define VIA(id, word, way) way,
	VIAS(VIA)
#undef VIA
};

#define WISHES(X) X(ANY, "any") X(YES, "yes") X(NO, "no")

enum wish {
#define WISH(id, word) id,
	WISHES(WISH)
#undef WISH
};

struct dstate_values {
	int64_t tasks, via, iowait, killable;
	int64_t declare;
};

static const struct param params[] = {
	{"tasks", PARAM_INT, "1", 1, 100000, NULL, "tasks in state D", offsetof(struct dstate_values, tasks)},
	{"via", PARAM_CHOICE, "vfork", 0, 0, PARAM_WORDS(VIAS),
	 "what they sleep on: a child, a frozen file system, FUSE, a suspended device, a stalled disk; kthread: "
	 "they are threads of the kernel module",
	 offsetof(struct dstate_values, via)},
	{"iowait", PARAM_CHOICE, "any", 0, 0, PARAM_WORDS(WISHES),
	 "whether they must count as iowait and procs_blocked: with dm and disk they do",
	 offsetof(struct dstate_values, iowait)},
	{"killable", PARAM_CHOICE, "any", 0, 0, PARAM_WORDS(WISHES),
	 "whether SIGKILL must end them: vfork yes; freeze, fuse, kthread no; dm, disk as given, by default no",
	 offsetof(struct dstate_values, killable)},
	{"declare", PARAM_INT, "-1", -1, 100000, NULL,
	 "value to declare to the load model instead of the truth (to test the model); -1: the truth",
	 offsetof(struct dstate_values, declare)},
	{0},
};

struct chain {
	long tasks;
	char *stacks;
	int hold[2]; /* the leaf reads here until the leader closes its end */
	struct loadcount count;
	volatile long depth; /* links in D while one link is running */
	volatile int error;  /* errno of the clone that failed; its caller became the leaf */
	volatile bool whole; /* the leaf sleeps */
	volatile bool stop;  /* the next link becomes the leaf */
	pid_t pid[];         /* shared with the leader: each link writes its own */
};

struct link {
	struct chain *chain;
	long index;
};

/* The running link sleeps, interruptibly, while the kernel counts the active tasks. */
static void step_aside(const struct loadcount *count)
{
	uint64_t now = sys_now_ns(), at = loadcount_off(count, now, PAUSE_NS);

	if (at > now)
		sys_sleep_until(at);
}

static int leaf(struct chain *c)
{
	char byte;

	c->whole = true;
	while (read(c->hold[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	return 0;
}

/*
 * One link runs on its own slice of stack, in memory that all links share, and sleeps in clone(2). Its child has exited
 * when it wakes up, and is reaped before anything else.
 */
static int link_main(void *arg)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | SIGCHLD;
	struct link me = *(struct link *)arg;
	struct chain *c = me.chain;
	struct link next = {.chain = c, .index = me.index + 1};

	c->depth = me.index;
	step_aside(&c->count);
	if (me.index == c->tasks || c->stop)
		return leaf(c);
	c->pid[me.index] = getpid();
	pid_t child = clone(link_main, c->stacks + (me.index + 2) * STACK_BYTES, flags, &next);

	if (child < 0) {
		c->error = errno;
		return leaf(c);
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	c->depth = me.index;
	if (me.index % BATCH == 0)
		sys_sleep_until(sys_now_ns() + FREE_NS);
	step_aside(&c->count);
	return 0;
}

static struct chain *chain_new(long tasks)
{
	size_t bytes = sizeof(struct chain) + tasks * sizeof(pid_t);
	struct chain *c = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (c == MAP_FAILED)
		return NULL;
	c->tasks = tasks;
	c->stacks = mmap(NULL, (tasks + 2) * STACK_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return c->stacks == MAP_FAILED || pipe2(c->hold, O_CLOEXEC) ? NULL : c;
}

/* The first link is an ordinary fork: the leader itself must not sleep in D. */
static void first_link(struct chain *c)
{
	struct link first = {.chain = c, .index = 0};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(c->hold[1]);
	_exit(link_main(&first));
}

/* The tasks as they go to sleep; pid_of() finds the pid of each, however it was made. */
struct sleepers {
	struct load *l;
	const struct dstate_values *v;
	const pid_t *pid;    /* NULL: the harness's workers */
	struct chain *chain; /* NULL: another way */
	struct loadcount count;
	long made;
};

static pid_t pid_of(const struct sleepers *s, long i)
{
	return s->pid ? s->pid[i] : load_worker_pid(s->l, i);
}

static bool is_blocked(const struct sleepers *s, long i)
{
	step_aside(&s->count);
	return sys_task_state(pid_of(s, i)) == 'D';
}

static long count_blocked(const struct sleepers *s)
{
	long blocked = 0;

	for (long i = 0; i < s->made; i++)
		blocked += is_blocked(s, i);
	return blocked;
}

static void declare(const struct sleepers *s, long blocked)
{
	load_declare(s->l, 0, s->v->declare >= 0 ? s->v->declare : blocked);
}

typedef void waiter(struct load *l, uint64_t until_ns);

/* Waits for LOOK_EVERY_NS. If the kernel will count within that time, declares the number blocked just before. */
static void look_again(const struct sleepers *s, waiter *wait)
{
	uint64_t now = sys_now_ns(), count = loadcount_next(&s->count, now);

	if (s->chain && count - now > DECLARE_NS && count - now <= DECLARE_NS + LOOK_EVERY_NS) {
		wait(s->l, count - DECLARE_NS);
		declare(s, s->chain->depth);
	} else {
		wait(s->l, now + LOOK_EVERY_NS);
	}
}

/* Waits until the wanted number of tasks sleep in D, for at most SETTLE_NS; polls each one until it sleeps. */
static void wait_blocked(const struct sleepers *s)
{
	uint64_t limit = sys_now_ns() + SETTLE_NS;
	long awake = s->made > s->v->tasks ? -1 : s->made; /* the task that need not sleep in D, if there is one */

	for (long i = 0; i < s->made && !load_stopping(s->l) && sys_now_ns() < limit;) {
		if (is_blocked(s, i))
			i++;
		else if (awake < 0 || (awake < s->made && is_blocked(s, awake)))
			awake = i++;
		else
			look_again(s, load_wait);
	}
}

/* The leaf sets `whole`, so the links need not be polled. */
static void wait_whole(const struct sleepers *s)
{
	while (!s->chain->whole && !load_stopping(s->l))
		look_again(s, load_wait);
	if (s->chain->error)
		say("dstate: task %ld of %ld could not be created: %s; raise threads-max, pid_max, pids.max or memory, "
		    "or "
		    "ask for fewer tasks",
		    s->chain->depth + 1, s->chain->tasks, strerror(s->chain->error));
}

/* Whether a task was killed. In a chain, that ends all links before it. */
static bool is_broken(const struct sleepers *s, pid_t first)
{
	siginfo_t dead = {0};
	char line[64];

	if (!s->chain)
		return !s->pid && load_workers_alive(s->l) < s->made;
	if (waitid(P_PID, first, &dead, WEXITED | WNOHANG | WNOWAIT) || !dead.si_pid)
		return false;
	snprintf(line, sizeof(line), "event=killed pid=%d signal=%d", first, dead.si_status);
	if (dead.si_code == CLD_KILLED)
		load_event(s->l, line);
	return true;
}

/* Reports how many tasks are blocked and holds them until the load is stopped. */
static int hold(const struct sleepers *s, pid_t first)
{
	if (s->chain)
		wait_whole(s);
	else
		wait_blocked(s);
	if (s->chain) /* the kernel counts them from now on, and checking each one takes time */
		declare(s, s->chain->depth);
	long blocked = count_blocked(s), tasks = s->v->tasks;

	declare(s, blocked);
	load_achieved(s->l, tasks, blocked, "tasks", blocked == tasks);
	load_wait(s->l, 0);
	if (is_broken(s, first)) {
		blocked = count_blocked(s);
		load_achieved(s->l, tasks, blocked, "tasks", blocked == tasks);
	}
	return blocked == tasks ? FUKA_PASS : FUKA_FAIL;
}

/* A replacement for load_wait(), which returns at once after the request to stop. */
static void wait_on(struct load *l, uint64_t until_ns)
{
	(void)l;
	sys_sleep_until(until_ns);
}

/* Reaps the first link and the orphans of a link that was killed. */
static void release_chain(const struct sleepers *s, pid_t first)
{
	s->chain->stop = true;
	close(s->chain->hold[1]);
	while (!waitpid(first, NULL, WNOHANG))
		look_again(s, wait_on);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	load_declare(s->l, 0, 0);
}

static int run_chain(struct load *l, const struct dstate_values *v)
{
	struct chain *c = chain_new(v->tasks);

	if (!c)
		return say_err(FUKA_FAIL, "dstate: no memory or no pipe for %lld tasks: %s", (long long)v->tasks,
			       strerror(errno));
	load_ready(l);
	loadcount_find(&c->count);
	pid_t first = fork();

	if (first == 0)
		first_link(c);
	if (first < 0)
		return say_err(FUKA_FAIL, "dstate: fork: %s", strerror(errno));
	struct sleepers s = {.l = l, .v = v, .pid = c->pid, .chain = c, .count = c->count, .made = v->tasks};
	int status = hold(&s, first);

	release_chain(&s, first);
	return status;
}

/* What a worker needs; copied by fork. */
struct stalled {
	const struct stall_way *way;
	struct stall stall;
};

static void sleep_worker(const void *arg, long index)
{
	const struct stalled *s = arg;

	(void)index;
	s->way->sleep(&s->stall);
}

static int run_stalled(struct load *l, const struct dstate_values *v)
{
	struct stalled s = {.way = ways[v->via], .stall = {.killable = v->killable == YES, .fd = -1}};
	long made = v->tasks + s.way->extra;

	load_name(l, s.stall.name, sizeof(s.stall.name));
	int r = s.way->open(l, &s.stall);

	if (r || load_workers(l, made, sleep_worker, &s))
		return r == FUKA_SKIP ? FUKA_SKIP : FUKA_FAIL;
	load_ready(l);
	struct sleepers sleepers = {.l = l, .v = v, .made = made};

	loadcount_find(&sleepers.count);
	int status = hold(&sleepers, 0);

	s.way->release(&s.stall);
	load_workers_end(l);
	load_declare(l, 0, 0);
	return status;
}

static int run_kthreads(struct load *l, const struct dstate_values *v)
{
	pid_t *pid = calloc(v->tasks, sizeof(*pid));
	unsigned slot = 0;

	if (!pid)
		return say_err(FUKA_FAIL, "dstate: no memory for %lld tasks", (long long)v->tasks);
	load_ready(l);
	int fd = kthreads_start(v->tasks, &slot);
	int status = fd == -ENODEV ? load_lacks(l, "the kernel module, fuka.ko, is not loaded here") : FUKA_FAIL;

	if (fd >= 0) {
		long found = kthreads_find(slot, pid, v->tasks);

		struct sleepers s = {.l = l, .v = v, .pid = pid, .made = found};

		loadcount_find(&s.count);
		status = hold(&s, 0);
		close(fd);
		load_declare(l, 0, 0);
	}
	free(pid);
	return status;
}

static int run(struct load *l, const void *values)
{
	const struct dstate_values *v = values;

	if (v->via == VIA_KTHREAD)
		return run_kthreads(l, v);
	return v->via == VIA_VFORK ? run_chain(l, v) : run_stalled(l, v);
}

static const char *program(const void *values)
{
	return ((const struct dstate_values *)values)->via == VIA_FREEZE ? "mke2fs" : NULL;
}

/* Refuses iowait or killable if this way of sleeping cannot provide it. */
static int refuse(char why[PARAM_WHY], const char *word, enum wish wish, int is, const char *others)
{
	if (wish == ANY || is < 0 || (wish == YES) == (is == 1))
		return 0;
	snprintf(why, PARAM_WHY, "%s: this way of sleeping is always '%s': %s", word, is ? "yes" : "no", others);
	return -EINVAL;
}

static int check(const void *values, char why[PARAM_WHY])
{
	const struct dstate_values *v = values;
	const struct stall_way *way = ways[v->via];
	int r = refuse(why, "iowait", v->iowait, way->iowait,
		       "vfork, freeze, fuse and kthread are not iowait, dm and disk are");

	return r ? r
		 : refuse(why, "killable", v->killable, way->killable,
			  "vfork is killable, freeze, fuse and kthread are not, dm and disk are what is asked");
}

static const char *const *modules(const void *values)
{
	return ways[((const struct dstate_values *)values)->via]->modules;
}

static long tasks(const void *values)
{
	return ((const struct dstate_values *)values)->tasks;
}

static bool wants_module(const void *values)
{
	return ((const struct dstate_values *)values)->via == VIA_KTHREAD;
}

const struct generator loadgen_dstate = {
	.name = "dstate",
	.about = "tasks in uninterruptible sleep: they count in the load average and use no CPU",
	.params = params,
	.needs = "via freeze, fuse, dm, disk: root, and the modules that each names; kthread: fuka.ko",
	.values_size = sizeof(struct dstate_values),
	.check = check,
	.program = program,
	.modules = modules,
	.tasks = tasks,
	.wants_module = wants_module,
	.run = run,
};
