// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The leader of a load runs the generator: it holds the workers at the start line, writes the generator's reports, waits
 * for the workers and ends them.
 */
#include "loadgen/harness/leader.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void report(struct load *l, const char *line)
{
	char whole[512];
	int n = snprintf(whole, sizeof(whole), "ns=%llu %s\n", (unsigned long long)sys_now_ns(), line);

	if (write(l->report_fd, whole, n) < 0)
		return; /* the starter is gone, and the guard is about to end this process */
}

void load_declare(struct load *l, long runnable, long blocked)
{
	char line[128];

	snprintf(line, sizeof(line), "event=declare runnable=%ld blocked=%ld", runnable, blocked);
	report(l, line);
}

void load_achieved(struct load *l, double asked, double achieved, const char *unit, bool ok)
{
	char line[192];

	snprintf(line, sizeof(line), "event=achieved asked=%.15g achieved=%.15g unit=%s settle_ns=%llu ok=%s", asked,
		 achieved, unit, (unsigned long long)(sys_now_ns() - l->went_ns), ok ? "yes" : "no");
	report(l, line);
}

int load_lacks(struct load *l, const char *what)
{
	char line[256] = "";
	size_t n = 0;

	logfmt_add(line, sizeof(line), &n, "event", "lacks");
	logfmt_add(line, sizeof(line), &n, "what", what);
	report(l, line);
	return say_err(FUKA_SKIP, "this machine lacks %s", what);
}

void load_event(struct load *l, const char *line)
{
	report(l, line);
}

bool load_stopping(const struct load *l)
{
	return l->stopping;
}

uint64_t load_went_ns(const struct load *l)
{
	return l->went_ns;
}

double load_level_at(const struct load *l, int64_t since_went_ns)
{
	return profile_level(&l->profile, since_went_ns);
}

double load_level(const struct load *l)
{
	return load_level_at(l, sys_now_ns() - l->went_ns);
}

bool load_is_profiled(const struct load *l)
{
	return l->profile.kind != PROFILE_CONSTANT;
}

const char *load_group_dir(const struct load *l)
{
	const struct place_group *g = ledger_group((struct ledger *)&l->ledger);

	return *g->dir ? g->dir : NULL;
}

int load_undo(struct load *l, enum load_undo how, const char *what)
{
	return ledger_add(&l->ledger, how, what);
}

void load_name(const struct load *l, char *name, size_t size)
{
	snprintf(name, size, "fuka.%s.%d.%s", l->generator, getpid(), l->ledger.salt);
}

int load_directory(struct load *l, char *path, size_t size)
{
	if (!*l->ledger.path)
		return say_err(
			-EACCES,
			"%s: no directory for a mount that only this user can write to: root and /run are required",
			l->generator);
	snprintf(path, size, "%s.d", l->ledger.path);
	int r = load_undo(l, UNDO_MOUNT, path);

	if (!r && mkdir(path, 0700))
		r = say_err(-errno, "%s: the directory %s cannot be made: %s", l->generator, path, strerror(errno));
	return r;
}

static void take_signals(struct load *l)
{
	struct signalfd_siginfo s;

	while (read(l->signal_fd, &s, sizeof(s)) == sizeof(s))
		if (s.ssi_signo != SIGCHLD)
			l->stopping = true;
}

void load_wait(struct load *l, uint64_t until_ns)
{
	take_signals(l);
	while (!l->stopping) {
		uint64_t now = sys_now_ns();
		int timeout_ms = -1;

		if (until_ns && now >= until_ns)
			return;
		if (until_ns)
			timeout_ms = (until_ns - now) / 1000000 + 1;
		struct pollfd p = {.fd = l->signal_fd, .events = POLLIN};

		if (poll(&p, 1, timeout_ms) > 0)
			take_signals(l);
	}
}

void load_ready(struct load *l)
{
	char byte;

	report(l, "event=ready");
	if (read(l->go_fd, &byte, 1) != 1)
		_exit(FUKA_FAIL); /* the starter is gone */
	l->went_ns = sys_now_ns();
	close(l->start[1]); /* this end-of-file starts all workers together */
	l->start[1] = -1;
}

static void worker_main(struct load *l, pid_t leader, void (*fn)(const void *, long), const void *arg, long index)
{
	char byte;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != leader)
		_exit(FUKA_FAIL); /* the leader died before prctl(), and the end-of-file would start this worker */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(l->start[1]);
	while (read(l->start[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	l->went_ns = sys_now_ns(); /* its own copy */
	fn(arg, index);
	_exit(0);
}

/* The number of tasks that the kernel can still create. */
static long tasks_left(void)
{
	char pid_max[32], threads_max[32];
	long there = sys_tasks();

	if (there < 0 || sys_read_line("/proc/sys/kernel/pid_max", pid_max, sizeof(pid_max)) ||
	    sys_read_line("/proc/sys/kernel/threads-max", threads_max, sizeof(threads_max)))
		return LONG_MAX;
	return MAX(0, MIN(atol(pid_max), atol(threads_max)) - there);
}

int load_workers(struct load *l, long n, void (*fn)(const void *, long), const void *arg)
{
	long left = tasks_left();
	pid_t leader = getpid();

	/* Checked first, because forking until it fails and ending them all can take minutes during which nothing else runs. */
	if (n > left)
		return say_err(
			-EAGAIN,
			"%ld workers: the limits of this machine allow only %ld more tasks; raise kernel.pid_max and "
			"kernel.threads-max, or request fewer",
			n, left);
	l->worker = calloc(n, sizeof(*l->worker));
	if (!l->worker)
		return say_err(-ENOMEM, "out of memory for the list of %ld workers", n);
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0)
			worker_main(l, leader, fn, arg, i);
		if (pid < 0)
			return say_err(-errno,
				       "worker %ld of %ld could not be forked: %s; raise pids.max, threads-max "
				       "or memory, or request fewer",
				       i + 1, n, strerror(errno));
		l->worker[l->workers++] = pid;
	}
	return 0;
}

/* A worker killed by the OOM killer is a result and is reported as an event. */
static void say_killed(struct load *l, pid_t pid, int status)
{
	char line[96];

	if (!WIFSIGNALED(status))
		return;
	snprintf(line, sizeof(line), "event=killed pid=%d signal=%d", pid, WTERMSIG(status));
	report(l, line);
}

long load_workers_alive(struct load *l)
{
	long alive = 0;
	int status;

	for (long i = 0; i < l->workers; i++) {
		if (l->worker[i] && waitpid(l->worker[i], &status, WNOHANG) == l->worker[i]) {
			say_killed(l, l->worker[i], status);
			l->worker[i] = 0;
		}
		alive += l->worker[i] != 0;
	}
	return alive;
}

pid_t load_worker_pid(const struct load *l, long index)
{
	return index < l->workers ? l->worker[index] : 0;
}

double load_worker_cpu_ns(const struct load *l, long index)
{
	struct timespec t = {0};
	clockid_t clock;

	if (load_worker_pid(l, index) && !clock_getcpuclockid(load_worker_pid(l, index), &clock))
		clock_gettime(clock, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

void load_workers_end(struct load *l)
{
	load_workers_alive(l); /* reports workers that were killed before */
	for (long i = 0; i < l->workers; i++)
		if (l->worker[i])
			kill(l->worker[i], SIGKILL);
	for (long i = 0; i < l->workers; i++)
		if (l->worker[i])
			waitpid(l->worker[i], NULL, 0);
	free(l->worker);
	l->worker = NULL;
	l->workers = 0;
}

void leader_main(const struct load_spec *s, struct load *l, pid_t parent)
{
	sigset_t set;
	char why[PARAM_WHY];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(FUKA_FAIL);
	prctl(PR_SET_NAME, s->generator->name);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signal_fd < 0 || pipe2(l->start, O_CLOEXEC))
		say_die(FUKA_FAIL, "%s: signalfd or pipe: %s", s->generator->name, strerror(errno));
	if (profile_parse(s->common.profile, &l->profile, why))
		say_die(FUKA_FAIL, "%s: %s", s->generator->name, why);
	ledger_unlock(&l->ledger); /* its children may outlive it in D state until that is undone */
	if ((load_group_dir(l) && place_group_enter(ledger_group(&l->ledger))) || place_self(&s->common))
		_exit(FUKA_FAIL);
	_exit(s->generator->run(l, s->values));
}
