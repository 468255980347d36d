// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/host/rundir.h"
#include "lab/host/machine.h"
#include "lab/pack/pack.h"
#include "lib/record/recording_format.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MARK      ".running"
#define NAMES_MAX 1000 /* runs of one scenario in one second */

/* Large files that only the run needs. */
static const char *const scratch[] = {MACHINE_LANES, MACHINE_INITRAMFS, MACHINE_DISK};
/* Files that are useful only with a recording. */
static const char *const beside[] = {MACHINE_VMCORE, MACHINE_DMESG,   MACHINE_CONSOLE,
				     MACHINE_LOG,    MACHINE_COMMAND, PACK_LIST};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* Sets no mark where the file system has no locks: a sweep could not tell whether the run has ended. */
static int lock_and_mark(int dir)
{
	_cleanup_(sys_closep) int mark = -1;

	if (flock(dir, LOCK_EX))
		return 0;
	mark = openat(dir, MARK, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return mark < 0 ? -errno : 0;
}

/*
 * Returns the directory's descriptor, -EEXIST when the name is taken, or -ENOENT when a sweep removed the directory
 * before it was locked.
 */
static int make_one(const char *path)
{
	if (mkdir(path, 0700))
		return -errno;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : lock_and_mark(fd);

	if (!r)
		return fd;
	sys_closep(&fd);
	return r;
}

/* Makes DIR/NAME.20261122-013000, or the same with .2, .3 … when that exists. */
int rundir_make(const char *out, const char *name, char **path)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	int r = sys_mkdirs(out);

	umask(077); /* also for what QEMU makes, in case it is moved elsewhere */
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&now, &tm));
	for (int i = 1; !r && i < NAMES_MAX; i++) {
		char *at = i == 1 ? sys_format("%s/%s.%s", out, name, stamp)
				  : sys_format("%s/%s.%s.%d", out, name, stamp, i);
		int fd = make_one(at);

		if (fd >= 0) {
			*path = at;
			return fd;
		}
		free(at);
		r = fd == -EEXIST || fd == -ENOENT ? 0 : fd;
	}
	return say_err(r ? r : -EEXIST, "%s: cannot make the run's directory there: %s; give a writable one with --out",
		       out, strerror(r ? -r : EEXIST));
}

/* Removes a recording without any block, which is left when its writer was killed early. */
static bool has_recording(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	bool found = !names; /* a directory that cannot be read is kept */

	for (struct dirent *e; names && !found && (e = readdir(names));) {
		const char *dot = strrchr(e->d_name, '.');
		struct stat st;

		if (!dot || strcmp(dot, ".fuka"))
			continue;
		found = fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
			st.st_size > (off_t)sizeof(struct file_head) || unlinkat(dir, e->d_name, 0);
	}
	if (names)
		closedir(names);
	return found;
}

/* Returns how many bytes are freed. */
static long long remove_names(int dir, const char *const *names, size_t n)
{
	long long bytes = 0;

	for (size_t i = 0; i < n; i++) {
		struct stat st;

		if (!fstatat(dir, names[i], &st, AT_SYMLINK_NOFOLLOW) && !unlinkat(dir, names[i], 0))
			bytes += st.st_blocks * 512ll;
	}
	return bytes;
}

/* Removes the mark last, so that the next sweep completes what was interrupted here. */
static long long clean(int dir, const char *path)
{
	long long bytes = remove_names(dir, scratch, COUNT(scratch));

	if (!has_recording(dir))
		bytes += remove_names(dir, beside, COUNT(beside));
	unlinkat(dir, MARK, 0);
	rmdir(path); /* fails unless the directory is empty */
	return bytes;
}

void rundir_done(int fd, const char *path, bool keep)
{
	if (keep)
		unlinkat(fd, MARK, 0);
	else
		clean(fd, path);
	close(fd);
}

/* "NAME.20261122-013000", "NAME.20261122-013000.2" */
static bool is_rundir(const char *name)
{
	for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
		unsigned day, second;
		int n = 0;

		if (sscanf(dot, ".%8u-%6u%n", &day, &second, &n) == 2 && n == 16 && (!dot[n] || dot[n] == '.'))
			return true;
	}
	return false;
}

/*
 * Cleans one directory in `out` if no process holds its lock: either it has the mark, or it was just made and is empty.
 */
static void sweep_one(int out, const char *name, const char *path)
{
	_cleanup_(sys_closep) int dir = openat(out, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || fstat(dir, &st) || st.st_uid != geteuid() || flock(dir, LOCK_EX | LOCK_NB))
		return;
	if (faccessat(dir, MARK, F_OK, AT_SYMLINK_NOFOLLOW)) {
		unlinkat(out, name, AT_REMOVEDIR);
		return;
	}
	long long bytes = clean(dir, path);

	say("%s: removed %lld MiB left by a run that was killed", path, bytes >> 20);
}

void rundir_sweep(const char *out)
{
	DIR *names = opendir(out);

	for (struct dirent *e; names && (e = readdir(names));) {
		if (!is_rundir(e->d_name))
			continue;
		_cleanup_(sys_freep) char *path = sys_format("%s/%s", out, e->d_name);

		sweep_one(dirfd(names), e->d_name, path);
	}
	if (names)
		closedir(names);
}
