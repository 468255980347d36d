// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guard does nothing but wait: whoever dies below or above it, however, it ends the rest, undoes what the load did to
 * the machine, restores every tunable it changed and removes its control group. There are two, one the other's parent, so
 * that either may be killed too. They end with the leader's exit status.
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

#define PATIENCE_S 20 /* between asking a leader to stop and killing it */

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

void guard_main(const struct load_spec *s, struct load *l, pid_t starter)
{
	guard(s, l, starter, inner_main);
}
