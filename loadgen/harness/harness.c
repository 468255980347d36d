// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The harness: forks a generator's leader and its workers, holds them at the start line, carries their reports to
 * whoever started them, and ends them. Written once for all generators.
 *
 *	starter (PID 1's walk, fuka load) -> guard -> inner guard -> leader -> workers
 *
 * A guard does nothing but wait: whoever dies below or above it, however, it ends the rest, undoes what the load did to
 * the machine, restores every tunable it changed and removes its control group. There are two, one the other's parent, so
 * that either may be killed too. They end with the leader's exit status.
 */
#include "loadgen/harness/ledger.h"
#include "loadgen/harness/profile.h"
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
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 20 /* between asking a leader to stop and killing it */

struct load {
	int go_fd;     /* the leader waits here for its one byte */
	int report_fd; /* and speaks here */
	int signal_fd; /* SIGTERM: stop; SIGCHLD: a worker ended */
	int start[2];  /* workers wait for the end of this pipe */
	bool stopping;
	uint64_t went_ns;
	pid_t *worker;
	long workers;
	const char *generator;
	struct ledger ledger;
	struct profile profile;
};

/* --- the leader's side --- */

static void report(struct load *l, const char *line)
{
	char whole[512];
	int n = snprintf(whole, sizeof(whole), "ns=%llu %s\n", (unsigned long long)sys_now_ns(), line);

	if (write(l->report_fd, whole, n) < 0)
		return; /* whoever started us is gone, and we are about to be */
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
		return say_err(-EACCES,
			       "%s: there is no place for a mount where only this user can write: it needs root, "
			       "and /run",
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
		_exit(FUKA_FAIL); /* whoever should have said go is gone */
	l->went_ns = sys_now_ns();
	close(l->start[1]); /* the end of the pipe: all workers start together */
	l->start[1] = -1;
}

static void worker_main(struct load *l, pid_t leader, void (*fn)(const void *, long), const void *arg, long index)
{
	char byte;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != leader)
		_exit(FUKA_FAIL); /* it died before the line above, and the pipe's end would read as a start */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(l->start[1]);
	while (read(l->start[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	l->went_ns = sys_now_ns(); /* its own copy */
	fn(arg, index);
	_exit(0);
}

/* Tasks that the kernel still has numbers for. */
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

	/* Before the first: to fork until it fails, and to end them all, can take minutes in which nobody else runs. */
	if (n > left)
		return say_err(-EAGAIN,
			       "%ld workers: this machine has room for %ld more tasks; raise kernel.pid_max and "
			       "kernel.threads-max, or ask for fewer",
			       n, left);
	l->worker = calloc(n, sizeof(*l->worker));
	if (!l->worker)
		return say_err(-ENOMEM, "no memory to keep %ld workers", n);
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0)
			worker_main(l, leader, fn, arg, i);
		if (pid < 0)
			return say_err(-errno,
				       "worker %ld of %ld could not be forked: %s; raise pids.max, threads-max "
				       "or memory, or ask for fewer",
				       i + 1, n, strerror(errno));
		l->worker[l->workers++] = pid;
	}
	return 0;
}

/* A worker that the OOM killer took is a result, and worth an event. */
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
	load_workers_alive(l); /* who was killed before is told apart from who is now */
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

/* --- the guard's side --- */

static void leader_main(const struct load_spec *s, struct load *l, pid_t parent)
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
	ledger_unlock(&l->ledger); /* what it forks may live on, in D, until somebody undoes that */
	if ((load_group_dir(l) && place_group_enter(ledger_group(&l->ledger))) || place_self(&s->common))
		_exit(FUKA_FAIL);
	_exit(s->generator->run(l, s->values));
}

/* Waits for the child; passes a wish to stop on to it. Only the leader's own guard loses its patience. */
static int guard_wait(pid_t child, bool inner)
{
	const struct timespec patience = {.tv_sec = PATIENCE_S};
	bool asked = false;
	sigset_t set;
	int status;

	sigfillset(&set);
	while (waitpid(child, &status, WNOHANG) != child) {
		int sig = inner && asked ? sigtimedwait(&set, NULL, &patience) : sigwaitinfo(&set, NULL);

		if (sig < 0 && errno == EAGAIN)
			kill(child, SIGKILL);
		else if (sig > 0 && sig != SIGCHLD)
			asked = !kill(child, SIGTERM);
	}
	return status;
}

/*
 * The leader's leftovers come here, as it is their subreaper no more, and theirs when they are gone: a program that a
 * load started need not know of the load's end. What holds tasks in D is undone, and again: one that was not killed yet
 * may have gone back to it. Everything below the guard must be gone.
 */
static void end_rest(struct load *l)
{
	const struct timespec again = {.tv_sec = 1};
	bool in_time = false;
	sigset_t children;
	pid_t pid;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	for (;;) {
		sys_kill_children(0); /* where the kernel does not list them, they are waited for all the same */
		if (!in_time)
			ledger_let_go(&l->ledger);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (pid < 0)
			return;
		in_time = sigtimedwait(&children, NULL, &again) > 0;
	}
}

/* Ends as its child did. */
_Noreturn static void end_as(int status)
{
	sigset_t all;

	if (!WIFSIGNALED(status))
		_exit(WEXITSTATUS(status));
	signal(WTERMSIG(status), SIG_DFL);
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	kill(getpid(), WTERMSIG(status));
	_exit(FUKA_FAIL);
}

/* What a guard and its child are: the outer guard's child is the inner one, whose child is the leader. */
typedef void role(const struct load_spec *s, struct load *l, pid_t parent);

_Noreturn static void guard(const struct load_spec *s, struct load *l, pid_t parent, role *child_main)
{
	bool inner = child_main == leader_main;
	pid_t self = getpid(), child;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (getppid() != parent)
		_exit(FUKA_FAIL);
	prctl(PR_SET_NAME, "guard");
	struct load_common common = s->common;

	if (s->generator->bounds)
		s->generator->bounds(s->values, &common);
	if (inner && place_wants_group(&common) &&
	    place_group_make(&common, s->generator->name, self, ledger_group(&l->ledger)))
		_exit(FUKA_FAIL);
	child = fork();
	if (child == 0)
		child_main(s, l, self);
	close(l->go_fd);
	close(l->report_fd);
	int status = child < 0 ? W_EXITCODE(FUKA_FAIL, 0) : guard_wait(child, inner);

	end_rest(l);
	ledger_undo(&l->ledger);
	end_as(status);
}

static void inner_main(const struct load_spec *s, struct load *l, pid_t parent)
{
	guard(s, l, parent, leader_main);
}

/* --- the starter's side --- */

int load_prepare(const struct load_spec *s, struct load_handle *h)
{
	struct load l = {.go_fd = -1, .report_fd = -1, .start = {-1, -1}, .generator = s->generator->name};
	int go[2] = {-1, -1}, rep[2] = {-1, -1};
	pid_t starter = getpid(), pid = -1;
	int err = ledger_open(&l.ledger, s->generator->name);

	if (!err && (pipe2(go, O_CLOEXEC) || pipe2(rep, O_CLOEXEC) || (pid = fork()) < 0)) {
		err = -errno;
		ledger_undo(&l.ledger);
	}
	if (pid == 0) {
		l.go_fd = go[0];
		l.report_fd = rep[1];
		close(go[1]);
		close(rep[0]);
		guard(s, &l, starter, inner_main);
	}
	if (l.ledger.entries != MAP_FAILED)
		ledger_forget(&l.ledger);
	sys_closep(&go[0]);
	sys_closep(&rep[1]);
	if (err) {
		sys_closep(&go[1]);
		sys_closep(&rep[0]);
		return say_err(err, "%s could not be started: %s", s->generator->name, strerror(-err));
	}
	fcntl(rep[0], F_SETFL, O_NONBLOCK);
	*h = (struct load_handle){.pid = pid, .report_fd = rep[0], .go_fd = go[1]};
	return 0;
}

/* One that has ended already says why by its status: its end of the pipe is no reason to die, and no error here. */
int load_go(struct load_handle *h)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;

	sigaction(SIGPIPE, &ignore, &before);
	int r = write(h->go_fd, "g", 1) == 1 || errno == EPIPE ? 0 : -errno;

	sigaction(SIGPIPE, &before, NULL);
	close(h->go_fd);
	h->go_fd = -1;
	return r;
}

void load_reports(struct load_handle *h, void (*each)(const char *line, void *user), void *user)
{
	ssize_t n = 0;

	/* A pipe gives its bytes as they come, not by lines. */
	while (h->report_fd >= 0 &&
	       (n = read(h->report_fd, h->said + h->said_n, sizeof(h->said) - 1 - h->said_n)) > 0) {
		char *line = h->said, *end;

		h->said[h->said_n += n] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			each(line, user);
		}
		h->said_n = strlen(line);
		if (h->said_n == sizeof(h->said) - 1)
			h->said_n = 0; /* no line of ours is that long (report()) */
		memmove(h->said, line, h->said_n);
	}
	if (n == 0 && h->report_fd >= 0) {
		close(h->report_fd);
		h->report_fd = -1;
	}
}

void load_stop(struct load_handle *h)
{
	if (h->pid > 0)
		kill(h->pid, SIGTERM);
}
