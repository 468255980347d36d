// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A frozen file system: a small ext2 in memory (a memfd behind a loop device), mounted, and frozen by FIFREEZE. A task
 * that wants to write to it sleeps in D (percpu_rwsem_wait) until it is thawed; SIGKILL does not help.
 *
 * The guards thaw it, then unmount it; the loop device frees itself. A frozen file system that is unmounted before it
 * is thawed could never be thawed again, so the order matters. Needs root, a free loop device, mke2fs and ext2 or ext4.
 */
#include "loadgen/methods/dstate.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define IMAGE_BYTES  (1 << 20)
#define MKE2FS_NS    (20 * SYS_NS)
#define ATTACH_TRIES 10 /* another process may take the free device first */

/* AT_STATX_DONT_SYNC does not call into the file system, which may not answer. */
static bool is_mounted(const char *path)
{
	struct statx x = {0};

	return !statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, 0, &x) &&
	       x.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

int stall_unmount(const char *path)
{
	if (is_mounted(path) && umount2(path, MNT_DETACH | MNT_FORCE | UMOUNT_NOFOLLOW))
		return -errno;
	return rmdir(path) && errno != ENOENT ? -errno : 0;
}

int stall_thaw(const char *path)
{
	_cleanup_(sys_closep) int fd =
		is_mounted(path) ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	if (fd >= 0 && ioctl(fd, FITHAW, 0) && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOTTY)
		return -errno;
	return 0;
}

/* Runs mke2fs on the image, by the path of its descriptor. */
static int make_file_system(int image)
{
	char path[64];
	int status;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), image);
	pid_t pid = fork();

	if (pid == 0) {
		setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1); /* that of an ordinary user lacks sbin */
		execlp("mke2fs", "mke2fs", "-q", "-F", "-t", "ext2", "-m", "0", path, (char *)NULL);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0)
		return say_err(-errno, "dstate: mke2fs could not be started: %s", strerror(errno));
	if (sys_wait(pid, &status, sys_now_ns() + MKE2FS_NS))
		return say_err(-ETIMEDOUT, "dstate: mke2fs did not end within %llu s and was killed",
			       MKE2FS_NS / SYS_NS);
	if (!status)
		return 0;
	return say_err(-ENOENT, "dstate: %s",
		       WIFEXITED(status) && WEXITSTATUS(status) == 127
			       ? "mke2fs is missing: it is in Debian's package e2fsprogs"
			       : "mke2fs could not make a file system of 1 MiB");
}

/* Attaches the image to a loop device that frees itself. Returns as stall_way's open(). */
static int attach(struct load *l, int image, int *device, char *path, size_t size)
{
	struct loop_config config = {.fd = image, .info.lo_flags = LO_FLAGS_AUTOCLEAR};
	_cleanup_(sys_closep) int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	for (int i = 0; control >= 0 && i < ATTACH_TRIES; i++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE), fd;

		snprintf(path, size, "/dev/loop%d", n);
		fd = n < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && !ioctl(fd, LOOP_CONFIGURE, &config))
			return *device = fd, 0;
		sys_closep(&fd);
	}
	if (control < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return load_lacks(l, "/dev/loop-control: the module loop");
	return say_err(-errno, "dstate: no loop device: %s; it needs root and the module loop", strerror(errno));
}

static int open_freeze(struct load *l, struct stall *s)
{
	_cleanup_(sys_closep) int image = memfd_create(s->name, MFD_CLOEXEC), loop = -1;
	char device[32];

	if (image < 0 || ftruncate(image, IMAGE_BYTES))
		return say_err(-errno, "dstate: no memory for a file system of 1 MiB: %s", strerror(errno));
	int r = make_file_system(image);

	r = r ? r : attach(l, image, &loop, device, sizeof(device));
	if (r)
		return r;
	r = load_directory(l, s->path, sizeof(s->path));
	r = r ? r : load_undo(l, UNDO_FREEZE, s->path);
	if (r)
		return r;
	if (mount(device, s->path, "ext2", 0, NULL) && mount(device, s->path, "ext4", 0, NULL))
		return say_err(-errno,
			       "dstate: %s cannot be mounted on %s: %s; it needs root and the module ext2 or ext4",
			       device, s->path, strerror(errno));
	_cleanup_(sys_closep) int fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || ioctl(fd, FIFREEZE, 0)
		       ? say_err(-errno, "dstate: %s cannot be frozen: %s", s->path, strerror(errno))
		       : 0;
}

/* Creating a file needs write access, which blocks. */
static void sleep_freeze(const struct stall *s)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%d", s->path, getpid());
	mknod(path, S_IFREG | 0600, 0);
}

static void release_freeze(struct stall *s)
{
	stall_thaw(s->path);
}

const struct stall_way stall_freeze = {
	.name = "freeze",
	.modules = (const char *const[]){"loop", "ext4", NULL},
	.open = open_freeze,
	.sleep = sleep_freeze,
	.release = release_freeze,
};
