// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generators' control groups (fuka.* below /sys/fs/cgroup, version 2): the files below of each group, each preceded
 * by a line that names it. Without a group there is no sample.
 *
 *	# fuka.memory.2/memory.events
 *	low 0
 *	oom_kill 1
 *	# fuka.memory.2/memory.pressure
 *	some avg10=0.00 avg60=0.00 avg300=0.00 total=0
 *	# fuka.memory.2/cpu.stat
 *	usage_usec 31284
 */
#include "collect/sample/sources/source.h"
#include "lib/base/sys.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"

extern const struct source source_cgroup;

/* Writes one file of a group, if all of it fits. Returns the number of bytes written. */
static size_t one_file(char *buf, size_t size, int root, const char *group, const char *file)
{
	char path[320];
	int head = snprintf(buf, size, "# %s/%s\n", group, file);

	if (head < 0 || (size_t)head >= size)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", group, file);
	_cleanup_(sys_closep) int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, buf + head, size - head, 0);

	return n <= 0 || (size_t)n == size - head ? 0 : head + n;
}

static size_t one_group(char *buf, size_t size, int root, const char *group)
{
	static const char *const files[] = {"memory.events", "cpu.stat", "cpu.pressure", "memory.pressure",
					    "io.pressure"};
	size_t used = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		used += one_file(buf + used, size - used, root, group, files[i]);
	return used;
}

struct groups {
	char *buf;
	size_t size, used;
	int root;
};

static bool take_group(const char *name, long next, void *user)
{
	struct groups *g = user;

	(void)next;
	if (!strncmp(name, "fuka.", 5))
		g->used += one_group(g->buf + g->used, g->size - g->used, g->root, name);
	return true;
}

static ssize_t call(char *buf, size_t size)
{
	_cleanup_(sys_closep) int root = open(ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct groups g = {.buf = buf, .size = size, .root = root};

	if (root < 0)
		return -1;
	sys_each_name(root, take_group, &g);
	return g.used ? (ssize_t)g.used : -1;
}

const struct source source_cgroup = {.call = call, .bytes = 0};
