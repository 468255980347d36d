// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trace uses kprobes at the beginning and the end of the two functions that generate these files, and one at
 * nr_running(), whose value one of them prints. tracefs' clock `mono` is CLOCK_MONOTONIC, like the samples'. Only calls
 * by mpstat and sadc are kept, so the sampler's own hundred calls per second cost only a comparison each; and sar's
 * forks, because sadc is its child.
 *
 * Needs CONFIG_KPROBE_EVENTS, which Debian's kernels have. The functions have had these names since Linux 2.6.
 */
#include "lab/guest/trace_reads.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define TRACEFS "/sys/kernel/tracing/"
#define READERS "comm == \"mpstat\" || comm == \"sadc\""

static const struct {
	const char *path, *value;
} tunables[] = {
	{"buffer_size_kb", "64"},
	{"trace_clock", "mono"},
	{"kprobe_events", "p:fuka/stat show_stat\n"
			  "r:fuka/stat_end show_stat\n"
			  "p:fuka/loadavg loadavg_proc_show\n"
			  "r:fuka/loadavg_end loadavg_proc_show\n"
			  "r:fuka/running nr_running tasks=$retval:u32\n"},
	{"events/fuka/stat/filter", READERS},
	{"events/fuka/stat_end/filter", READERS},
	{"events/fuka/loadavg/filter", READERS},
	{"events/fuka/loadavg_end/filter", READERS},
	{"events/fuka/running/filter", READERS},
	{"events/fuka/enable", "1"},
	{"events/sched/sched_process_fork/filter", "parent_comm == \"sar\""},
	{"events/sched/sched_process_fork/enable", "1"},
};

static int pipe_fd = -1;

int trace_reads_start(void)
{
	if (mount("tracefs", TRACEFS, "tracefs", 0, NULL) && errno != EBUSY)
		return say_err(-errno, "tracefs could not be mounted on " TRACEFS ": %s", strerror(errno));
	for (size_t i = 0; i < sizeof(tunables) / sizeof(*tunables); i++) {
		_cleanup_(sys_freep) char *path = sys_format(TRACEFS "%s", tunables[i].path);
		int r = sys_write_tunable(path, tunables[i].value);

		if (r)
			return say_err(r, "readings by mpstat and sar are not traced: %s: %s", path, strerror(-r));
	}
	pipe_fd = open(TRACEFS "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe_fd < 0)
		return say_err(-errno, "readings by mpstat and sar are not traced: trace_pipe: %s", strerror(errno));
	return 0;
}

size_t trace_reads_take(char *text, size_t size)
{
	ssize_t n = pipe_fd < 0 ? 0 : read(pipe_fd, text, size);

	return n > 0 ? n : 0;
}
