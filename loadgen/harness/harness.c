// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The harness, common to all generators: forks a generator's leader and workers, holds them at the start line, forwards
 * their reports to the starter, and ends them.
 *
 *	starter (PID 1's timeline, fuka load) -> guard -> inner guard -> leader -> workers
 *
 * This file is the starter's side; guard.c and leader.c are the other processes.
 */
#include "loadgen/harness/guard.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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
		guard_main(s, &l, starter);
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

/*
 * A load that has already ended reports why by its exit status, so the EPIPE of its closed pipe is neither an error nor a
 * reason to die.
 */
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

	/* A read from a pipe may end in the middle of a line. */
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
			h->said_n = 0; /* report() writes no line that long */
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
