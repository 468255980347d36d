// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/base/outfile.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40
#define TRIES_MAX 100

/* "a/b" -> "a", "/b" -> "/", "b" -> "." */
static char *directory_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return !slash          ? sys_format(".")
	       : slash == name ? sys_format("/")
			       : sys_format("%.*s", (int)(slash - name), name);
}

/* Follows symbolic links that may be followed; returns the final name, which need not exist. */
static int resolve(const char *path, char **out)
{
	_cleanup_(sys_freep) char *at = sys_format("%s", path);

	for (int i = 0; i < LINKS_MAX; i++) {
		char target[4096];
		struct stat st;

		if (lstat(at, &st) || !S_ISLNK(st.st_mode)) {
			*out = at;
			at = NULL;
			return 0;
		}
		if (st.st_uid && st.st_uid != geteuid())
			return say_err(
				-EPERM,
				"%s: the symbolic link %s belongs to another user (uid %u), who could choose the file: "
				"name the file itself",
				path, at, st.st_uid);
		ssize_t n = readlink(at, target, sizeof(target) - 1);

		if (n <= 0)
			return say_err(n ? -errno : -ENOENT, "%s: the symbolic link %s cannot be read", path, at);
		target[n] = '\0';
		_cleanup_(sys_freep) char *directory = directory_of(at);

		free(at);
		at = *target == '/' ? sys_format("%s", target) : sys_format("%s/%s", directory, target);
	}
	return say_err(-ELOOP, "%s: too many symbolic links", path);
}

/* Opens the stream if path exists and is not a regular file, or is what standard output refers to already. */
static int open_as_it_stands(struct outfile *o, const char *path, const struct stat *st)
{
	struct stat out;
	bool is_output = !fstat(STDOUT_FILENO, &out) && out.st_dev == st->st_dev && out.st_ino == st->st_ino;

	if (!is_output && S_ISREG(st->st_mode))
		return 0;
	if (is_output)
		fflush(stdout); /* keeps earlier output first */
	int fd = is_output ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	o->stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (o->stream)
		return 0;
	int err = -errno;

	sys_closep(&fd);
	return say_err(err, "%s: cannot be written: %s", path, strerror(-err));
}

/*
 * Makes a file without a name in the directory, or with a temporary name if the file system does not support O_TMPFILE.
 */
static int open_temporary(struct outfile *o, const char *directory)
{
	int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL))
		return fd < 0 ? -errno : fd;
	o->temporary = sys_format("%s/.fuka.XXXXXX", directory);
	fd = mkostemp(o->temporary, O_CLOEXEC);
	if (fd >= 0)
		return fd;
	int err = -errno;

	free(o->temporary);
	o->temporary = NULL;
	return err;
}

/* Opens the file that will replace `name`, with the permissions of the existing file (st), if any. */
static int open_beside(struct outfile *o, const char *path, const struct stat *st)
{
	_cleanup_(sys_freep) char *directory = directory_of(o->name);
	int fd = open_temporary(o, directory);

	o->regular = true;
	o->stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (!o->stream)
		return say_err(fd < 0 ? fd : -ENOMEM, "%s: cannot be written: %s", path,
			       strerror(fd < 0 ? -fd : ENOMEM));
	return st && fchmod(fd, st->st_mode & 0777)
		       ? say_err(-errno, "%s: its permissions cannot be kept: %s", path, strerror(errno))
		       : 0;
}

int outfile_open(struct outfile *o, const char *path)
{
	struct stat st;
	bool there = !stat(path, &st);

	*o = (struct outfile){0};
	int r = resolve(path, &o->name);

	if (!r && there && access(path, W_OK))
		r = say_err(-errno, "%s: cannot be written: %s", path, strerror(errno));
	if (!r && there)
		r = open_as_it_stands(o, path, &st);
	if (!r && !o->stream)
		r = open_beside(o, path, there ? &st : NULL);
	if (r)
		outfile_discard(o);
	return r;
}

/* Gives the file a temporary name, because linkat(2) cannot replace an existing file. */
static int give_name(struct outfile *o)
{
	_cleanup_(sys_freep) char *directory = directory_of(o->name);
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fileno(o->stream));
	for (int i = 0; i < TRIES_MAX; i++) {
		char *name = sys_format("%s/.fuka.%d.%d", directory, getpid(), i);

		if (!linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW)) {
			o->temporary = name;
			return 0;
		}
		int err = -errno;

		free(name);
		if (err != -EEXIST)
			return err;
	}
	return -EEXIST;
}

/* Writes the directory entry to the disk, too; not all file systems support that. */
static void sync_directory(const char *name)
{
	_cleanup_(sys_freep) char *directory = directory_of(name);
	_cleanup_(sys_closep) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

/* Earlier write errors may be reported only now. */
static int flush(struct outfile *o)
{
	bool failed = ferror(o->stream);

	errno = 0;
	if (fflush(o->stream) || failed)
		return errno ? -errno : -EIO;
	return o->regular && fsync(fileno(o->stream)) && errno != EINVAL ? -errno : 0;
}

int outfile_commit(struct outfile *o)
{
	int r = flush(o);

	if (!r && o->regular && !o->temporary)
		r = give_name(o);
	if (!r && o->regular && rename(o->temporary, o->name))
		r = -errno;
	if (r) {
		say("%s: cannot be written: %s%s", o->name, strerror(-r),
		    o->regular ? "; the previous file is unchanged" : "");
	} else if (o->regular) {
		sync_directory(o->name);
		free(o->temporary);
		o->temporary = NULL; /* it has been renamed */
	}
	outfile_discard(o);
	return r;
}

void outfile_discard(struct outfile *o)
{
	if (o->stream)
		fclose(o->stream);
	if (o->temporary)
		unlink(o->temporary);
	free(o->temporary);
	free(o->name);
	*o = (struct outfile){0};
}
