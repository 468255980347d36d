// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guard waits until a process above or below it dies. Then it ends the remaining ones, undoes what the load did to the
 * machine, restores every tunable that it changed and removes its control group. There are two guards, one the parent of
 * the other, so that either of them may be killed as well. They exit with the leader's status.
 */
#include "loadgen/harness/guard.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 20 /* between SIGTERM and SIGKILL to a leader */

/* Waits for the child and forwards signals to it as SIGTERM. Only the inner guard kills its child after PATIENCE_S. */
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
 * Kills everything below the guard and returns when nothing is left. When the leader has exited, the guard is the
 * subreaper: orphans of the leader, and their orphans, are reparented to it. What holds tasks in D state is undone
 * repeatedly, because a task that has not been killed yet may have entered it again.
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
		sys_kill_children(0); /* a kernel that does not list children: they are still waited for */
		if (!in_time)
			ledger_let_go(&l->ledger);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (pid < 0)
			return;
		in_time = sigtimedwait(&children, NULL, &again) > 0;
	}
}

/* Exits with the status of its child, or by the same signal. */
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

/* The main function of a guard's child: the outer guard's child is the inner guard, whose child is the leader. */
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

void guard_main(const struct load_spec *s, struct load *l, pid_t starter)
{
	guard(s, l, starter, inner_main);
}
