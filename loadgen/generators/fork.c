// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork: forks until a limit stops it: the control group's pids.max, the kernel's threads-max or pid_max, the user's own
 * limit, or memory. It makes at most tasks_max processes, which do nothing but exist (each may touch some memory).
 *
 * goal: tasks is to reach tasks_max, and is missed if something prevents it; goal: limit is to be stopped, and is
 * missed if nothing does. An event reports what stopped it and at how many processes. Processes that end meanwhile are
 * replaced.
 *
 * Danger: without pids_max this is a fork bomb of tasks_max processes, 100-150 KiB each, and other programs may be
 * unable to fork meanwhile.
 */
#include "loadgen/harness/loadgen.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGAIN_NS   (10 * 1000000ull) /* between two attempts at the limit */
#define LOOK_EVERY 64                /* forks between two checks for a request to stop */
#define RESERVED   300               /* pids that the kernel keeps free when pid_max is reached */

#define GOALS(X) X(GOAL_TASKS, "tasks") X(GOAL_LIMIT, "limit")
enum goal {
	GOALS(PARAM_ID)
};

struct fork_values {
	int64_t tasks_max, goal, touch;
};

static const struct param params[] = {
	{"tasks_max", PARAM_INT, "1000", 1, 1000000, NULL, "processes at most",
	 offsetof(struct fork_values, tasks_max)},
	{"goal", PARAM_CHOICE, "tasks", 0, 0, PARAM_WORDS(GOALS),
	 "tasks: reach tasks_max; limit: be stopped before that", offsetof(struct fork_values, goal)},
	{"touch", PARAM_SIZE, "0", 0, 1073741824, NULL, "memory that each process touches",
	 offsetof(struct fork_values, touch)},
	{0},
};

/* The processes: slot i is free when pid[i] is 0. */
struct fork_processes {
	const struct fork_values *v;
	pid_t *pid;
	long alive, most;
	long *empty; /* indexes of free slots */
	long empties;
	int stopped_by; /* errno of the last attempt, 0: none failed */
	bool limited;   /* an attempt has failed at some time */
	bool killed;    /* a process was killed, by the OOM killer or otherwise */
};

_Noreturn static void child(const struct fork_values *v, pid_t leader)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != leader)
		_exit(0);
	int64_t bytes = v->touch ? param_size(v->touch, sys_meminfo("MemTotal")) : 0;
	char *p = bytes ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : NULL;

	for (int64_t i = 0; p && p != MAP_FAILED && i < bytes; i += 4096)
		p[i] = 1;
	for (;;)
		pause();
}

/* Forks until full, stopped or refused. */
static void grow(struct load *l, struct fork_processes *c)
{
	pid_t leader = getpid();

	c->stopped_by = 0;
	for (long n = 1; c->empties && !load_stopping(l); n++) {
		pid_t pid = fork();

		if (pid == 0)
			child(c->v, leader);
		if (pid < 0) {
			c->stopped_by = errno;
			c->limited = true;
			return;
		}
		c->pid[c->empty[--c->empties]] = pid;
		c->alive++;
		if (n % LOOK_EVERY == 0)
			load_wait(l, 1);
	}
	c->most = c->alive > c->most ? c->alive : c->most;
}

/* Makes one pass over all slots however many have ended: deaths are rare and come many at a time. */
static void take_dead(struct load *l, struct fork_processes *c)
{
	siginfo_t dead = {0};
	char line[64];
	long killed = 0;
	int status, sig = 0;

	if (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) || !dead.si_pid)
		return;
	for (long i = 0; i < c->v->tasks_max; i++) {
		if (!c->pid[i] || waitpid(c->pid[i], &status, WNOHANG) != c->pid[i])
			continue;
		killed += WIFSIGNALED(status);
		sig = WIFSIGNALED(status) ? WTERMSIG(status) : sig;
		c->pid[i] = 0;
		c->empty[c->empties++] = i;
		c->alive--;
	}
	c->killed |= killed > 0;
	snprintf(line, sizeof(line), "event=killed tasks=%ld signal=%d", killed, sig);
	if (killed)
		load_event(l, line);
}

/* A number from a file, or -1. */
static long long number_in(const char *dir, const char *file)
{
	_cleanup_(sys_freep) char *path = sys_format("%s/%s", dir, file);
	char line[32];

	return sys_read_line(path, line, sizeof(line)) || *line == 'm' ? -1 : atoll(line);
}

/* cgroup v1 has pids in a hierarchy of its own. */
static bool group_is_full(const struct load *l)
{
	const char *dir = load_group_dir(l), *name = dir ? strrchr(dir, '/') : NULL;

	if (!dir)
		return false;
	_cleanup_(sys_freep) char *v1 = sys_format("/sys/fs/cgroup/pids%s", name);
	const char *where = access(v1, F_OK) ? dir : v1;
	long long max = number_in(where, "pids.max");

	return max >= 0 && number_in(where, "pids.current") >= max;
}

/* Finds out which limit stopped fork(): the kernel returns EAGAIN for all but memory. */
static const char *limit_word(const struct load *l, int err)
{
	struct rlimit user;
	long tasks = sys_tasks();

	if (err == ENOMEM)
		return "memory";
	if (group_is_full(l))
		return "pids_max";
	if (tasks + 1 >= number_in("/proc/sys/kernel", "threads-max"))
		return "threads_max";
	if (tasks + RESERVED + 1 >= number_in("/proc/sys/kernel", "pid_max"))
		return "pid_max";
	if (!getrlimit(RLIMIT_NPROC, &user) && user.rlim_cur != RLIM_INFINITY && getuid())
		return "rlimit_nproc";
	return "unknown";
}

static void say_stopped(struct load *l, const struct fork_processes *c)
{
	char line[128];
	const char *by = c->stopped_by ? limit_word(l, c->stopped_by) : c->killed ? "oom_killer" : "tasks_max";

	snprintf(line, sizeof(line), "event=stopped by=%s tasks=%ld error=%d", by, c->alive, c->stopped_by);
	load_event(l, line);
	if (c->stopped_by && c->v->goal == GOAL_TASKS)
		say("fork: stopped at %ld of %lld processes by %s: %s", c->alive, (long long)c->v->tasks_max, by,
		    strerror(c->stopped_by));
	if (!c->stopped_by && !c->killed && c->v->goal == GOAL_LIMIT)
		say("fork: no limit was reached before tasks_max, %lld processes; raise it, or set pids_max",
		    (long long)c->v->tasks_max);
}

static bool on_target(const struct fork_processes *c)
{
	return c->v->goal == GOAL_LIMIT ? c->limited || c->killed : c->alive == c->v->tasks_max;
}

static int crowd_new(struct fork_processes *c, const struct fork_values *v)
{
	*c = (struct fork_processes){.v = v, .empties = v->tasks_max};
	c->pid = calloc(v->tasks_max, sizeof(*c->pid));
	c->empty = calloc(v->tasks_max, sizeof(*c->empty));
	for (long i = 0; c->empty && i < v->tasks_max; i++)
		c->empty[i] = i;
	return c->pid && c->empty ? 0
				  : say_err(-ENOMEM, "fork: no memory to keep %lld processes", (long long)v->tasks_max);
}

static void end_all(struct fork_processes *c)
{
	for (long i = 0; i < c->v->tasks_max; i++)
		if (c->pid[i])
			kill(c->pid[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	free(c->pid);
	free(c->empty);
}

static int run(struct load *l, const void *values)
{
	struct fork_processes c;
	int last = 0;

	if (crowd_new(&c, values))
		return FUKA_FAIL;
	load_ready(l);
	load_declare(l, 0, 0);
	for (bool first = true; !load_stopping(l); first = false) {
		grow(l, &c);
		take_dead(l, &c); /* the OOM killer is a limit, too */
		if (first || c.stopped_by != last) {
			say_stopped(l, &c);
			load_achieved(l, c.v->tasks_max, c.alive, "tasks", on_target(&c));
		}
		last = c.stopped_by;
		load_wait(l, sys_now_ns() + AGAIN_NS);
	}
	bool ok = on_target(&c);

	end_all(&c);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static long tasks(const void *values)
{
	return ((const struct fork_values *)values)->tasks_max + 1;
}

const struct generator loadgen_fork = {
	.name = "fork",
	.about = "forks until a limit stops it, at most tasks_max processes",
	.params = params,
	.values_size = sizeof(struct fork_values),
	.tasks = tasks,
	.run = run,
};
