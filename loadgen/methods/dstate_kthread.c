// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel threads in uninterruptible sleep, like a driver's workers that wait for their device. They have no user
 * memory, no signal reaches them, and only the module that made them can end them; 29 KiB each. Needs fuka.ko.
 */
#include "kmod/uapi.h"
#include "loadgen/methods/dstate.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int kthreads_start(long tasks, unsigned *slot)
{
	struct fuka_arm a = {.abi = FUKA_ABI,
			     .context = FUKA_CALLER,
			     .fault = "d-tasks",
			     .label = "dstate",
			     .trigger = FUKA_ON_WRITE,
			     .probability = 100,
			     .interval = 1,
			     .times = 1,
			     .arg = {tasks}};
	int fd = open(FUKA_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV))
		return -ENODEV;
	if (fd < 0)
		return say_err(-errno, "dstate: " FUKA_DEVICE ": %s: it needs root", strerror(errno));
	if (ioctl(fd, FUKA_IOC_ARM, &a) || ioctl(fd, FUKA_IOC_FIRE, &a.id)) {
		int r = -errno;

		close(fd);
		return say_err(r, "dstate: " FUKA_DEVICE ": %s; the kernel's log says why", strerror(-r));
	}
	*slot = a.id;
	return fd;
}

long kthreads_find(unsigned slot, pid_t *pid, long most)
{
	char prefix[24], path[64], name[32];
	DIR *proc = opendir("/proc");
	long found = 0;

	snprintf(prefix, sizeof(prefix), "fuka_d%u/", slot);
	for (struct dirent *e; proc && found < most && (e = readdir(proc));) {
		int n = atoi(e->d_name);

		snprintf(path, sizeof(path), "/proc/%d/comm", n);
		if (n > 0 && !sys_read_line(path, name, sizeof(name)) && !strncmp(name, prefix, strlen(prefix)))
			pid[found++] = n;
	}
	if (proc)
		closedir(proc);
	return found;
}
