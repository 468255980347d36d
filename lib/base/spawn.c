// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/base/spawn.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int spawn(char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t fds;
	posix_spawnattr_t how;
	sigset_t none;

	sigemptyset(&none);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawn_file_actions_init(&fds);
	posix_spawn_file_actions_addopen(&fds, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fds, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&fds, out, STDERR_FILENO);
	int err = posix_spawnp(pid, argv[0], &fds, &how, argv, environ);

	posix_spawn_file_actions_destroy(&fds);
	posix_spawnattr_destroy(&how);
	return -err;
}

/* Reads until all writers have closed it: 0, or -ETIMEDOUT; then *text has what was read before. */
static int read_until(int fd, uint64_t until_ns, char **text)
{
	size_t size = 1, used = 0;
	ssize_t n = 1;

	for (*text = calloc(1, 1); *text && n > 0;) {
		uint64_t now = sys_now_ns();
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (now >= until_ns)
			return -ETIMEDOUT;
		if (poll(&p, 1, (until_ns - now) / 1000000 + 1) <= 0)
			continue;
		if (used + 1 >= size) {
			size = size * 2 + 4096;
			char *more = realloc(*text, size);

			if (!more)
				return -ENOMEM;
			*text = more;
		}
		n = read(fd, *text + used, size - used - 1);
		used += n > 0 ? n : 0;
		(*text)[used] = '\0';
	}
	return *text ? 0 : -ENOMEM;
}

int spawn_output(char *const argv[], uint64_t deadline_ns, char **text, int *status)
{
	_cleanup_(sys_freep) char *got = NULL;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	int err = spawn(argv, fds[1], &pid);

	close(fds[1]);
	uint64_t until_ns = sys_now_ns() + deadline_ns;
	int r = err ? err : read_until(fds[0], until_ns, &got);

	close(fds[0]);
	if (err)
		return err;
	int waited = sys_wait(pid, status, r ? 0 : until_ns); /* it may have closed its output and still be running */

	r = r ? r : waited;
	if (r && r != -ETIMEDOUT)
		return r;
	*text = got;
	got = NULL;
	return r;
}
