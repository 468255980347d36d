// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dstate: exactly N tasks in uninterruptible sleep, without privilege and without a device.
 *
 * A chain of clone(CLONE_VM | CLONE_VFORK): each task waits in the kernel (state D, wchan kernel_clone or
 * wait_for_vfork_done) until its child ends, and the last one, the leaf, sleeps on a pipe. They count in the load
 * average and use no CPU; they are neither iowait nor procs_blocked, because they wait for no I/O. About 33 KiB each.
 *
 * Closing the pipe, which also happens when the leader dies, ends the leaf, and the chain unwinds from there.
 */
#include "loadgen/loadgen.h"
#include "lib/say.h"
#include "lib/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES   4096 /* a link only clones, writes its pid and waits */
#define SETTLE_NS     (10 * SYS_NS)
#define LOOK_EVERY_NS (20 * 1000000ull)

struct values {
	int64_t tasks;
	int64_t declare;
};

static const struct param params[] = {
	{"tasks", PARAM_INT, "1", 1, 100000, NULL, "tasks in state D", offsetof(struct values, tasks)},
	{"declare", PARAM_INT, "-1", -1, 100000, NULL,
	 "what to declare to the load model instead of the truth (tests the test); -1: the truth",
	 offsetof(struct values, declare)},
	{0},
};

struct chain {
	long tasks;
	char *stacks;
	int hold[2]; /* the leaf reads here until the leader closes its end */
	pid_t pid[]; /* shared with the leader: each link writes its own */
};

struct link {
	struct chain *chain;
	long index;
};

static int leaf(struct chain *c)
{
	char byte;

	while (read(c->hold[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	return 0;
}

/* One link: runs on its own slice of stack, in the memory all links share, and sleeps in clone(2). */
static int link_main(void *arg)
{
	struct link me = *(struct link *)arg;
	struct chain *c = me.chain;

	if (me.index == c->tasks)
		return leaf(c);
	c->pid[me.index] = getpid();
	struct link next = {.chain = c, .index = me.index + 1};

	if (clone(link_main, c->stacks + (me.index + 2) * STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, &next) < 0)
		c->pid[me.index] = -errno;
	return 0;
}

/* "123 (dstate) D 122 …": the state follows the last parenthesis. */
static char state_of(pid_t pid)
{
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (pid <= 0 || sys_read_line(path, line, sizeof(line)))
		return '?';
	const char *p = strrchr(line, ')');

	return p && p[1] == ' ' ? p[2] : '?';
}

static long count_blocked(const struct chain *c)
{
	long n = 0;

	for (long i = 0; i < c->tasks; i++)
		n += state_of(c->pid[i]) == 'D';
	return n;
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

static void reap_all(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
}

static int run(struct load *l, const void *values)
{
	const struct values *v = values;
	struct chain *c = chain_new(v->tasks);

	if (!c)
		return say_err(FUKA_FAIL, "dstate: no memory or no pipe for %lld tasks: %s", (long long)v->tasks,
			       strerror(errno));
	load_ready(l);
	pid_t first = fork();

	if (first == 0)
		first_link(c);
	if (first < 0)
		return say_err(FUKA_FAIL, "dstate: fork: %s", strerror(errno));
	long blocked;
	uint64_t now = sys_now_ns(), limit = now + SETTLE_NS;

	while ((blocked = count_blocked(c)) < v->tasks && now < limit && !load_stopping(l)) {
		load_wait(l, now + LOOK_EVERY_NS);
		now = sys_now_ns();
	}
	load_declare(l, 0, v->declare >= 0 ? v->declare : blocked);
	load_achieved(l, v->tasks, blocked, "tasks", blocked == v->tasks);
	load_wait(l, 0);
	close(c->hold[1]);
	reap_all();
	load_declare(l, 0, 0);
	return blocked == v->tasks ? FUKA_PASS : FUKA_FAIL;
}

const struct generator loadgen_dstate = {
	.name = "dstate",
	.about = "tasks in uninterruptible sleep: they count in the load average and use no CPU",
	.params = params,
	.values_size = sizeof(struct values),
	.run = run,
};
