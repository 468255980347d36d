// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps, unpacks and caches files of kernels and modules. Unpacked files are renamed into place, so that an incomplete
 * one is never used; in the cache their names have the SHA-256 of the packed file.
 */
#include "lab/pack/kernel_files.h"
#include "lab/pack/kernel.h"
#include "lab/pack/unpack.h"
#include "lib/base/say.h"
#include "lib/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SUM_NS (300 * SYS_NS) /* sha256sum takes a second at most */

void kernel_file_unmap(struct mapped_file *b)
{
	if (b->at)
		munmap((void *)b->at, b->n);
}

int kernel_file_map(const char *path, struct mapped_file *out)
{
	int fd = sys_open_regular(path);
	struct stat st;

	if (fd < 0)
		return say_err(fd, "%s cannot be read: %s", path,
			       fd == -EINVAL ? "it is not a regular file" : strerror(-fd));
	void *at = fstat(fd, &st) || !st.st_size ? MAP_FAILED : mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return say_err(-EINVAL, "%s is empty or cannot be mapped: expected a kernel or a module", path);
	*out = (struct mapped_file){at, st.st_size};
	return 0;
}

bool kernel_file_is_elf(const struct mapped_file *b)
{
	return b->n > 64 && !memcmp(b->at, "\177ELF", 4);
}

bool kernel_file_is_there(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

int kernel_file_unpack(const char *from, const void *bytes, size_t n, const char *to)
{
	auto_text tmp = sys_format("%s.XXXXXX", to);
	int fd = mkostemp(tmp, O_CLOEXEC);

	if (fd < 0)
		return say_err(-errno, "cannot unpack %s to %s: %s", from, to, strerror(errno));
	int err = unpack(from, bytes, n, fd);
	char magic[4] = "";

	if (!err && (pread(fd, magic, sizeof(magic), 0) != sizeof(magic) || memcmp(magic, "\177ELF", sizeof(magic))))
		err = say_err(-EINVAL, "%s does not unpack to an ELF file: it is no kernel and no module", from);
	/* fsync, because a file that a power cut left empty under this name would be used for ever */
	if (!err && (fchmod(fd, 0644) || fsync(fd) || rename(tmp, to)))
		err = say_err(-errno, "%s cannot be made: %s", to, strerror(errno));
	close(fd);
	if (err)
		unlink(tmp);
	return err;
}

const char *kernel_home(void)
{
	static char home[PATH_MAX];
	const char *said = getenv("FUKA_HOME");

	/* absolute, because QEMU runs in the run's directory */
	if (said && *said)
		return *said == '/' || !realpath(said, home) ? said : home;
	if (!*home) {
		ssize_t n = readlink("/proc/self/exe", home, sizeof(home) - 1);

		home[n > 0 ? n : 0] = '\0';
		char *slash = strrchr(home, '/');

		if (slash && slash > home)
			*slash = '\0';
		else
			strcpy(home, slash ? "/" : ".");
	}
	return home;
}

/*
 * Returns the directory for unpacked files: next to the program, or in the user's cache if the user may not write
 * there.
 */
static char *cache_directory(void)
{
	char *dir = sys_format("%s/cache", kernel_home());
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (!sys_mkdirs(dir) && !access(dir, W_OK))
		return dir;
	if ((!xdg || *xdg != '/') && (!home || *home != '/'))
		return dir;
	free(dir);
	return xdg && *xdg == '/' ? sys_format("%s/fuka", xdg) : sys_format("%s/.cache/fuka", home);
}

int kernel_file_cached(const char *kind, const char *file, char **out)
{
	/* -z disables escapes in the name */
	char *argv[] = {"sha256sum", "-z", "--", (char *)file, NULL};
	auto_text dir = cache_directory();
	auto_text sum = NULL;
	int status = 0, err = spawn_output(argv, SUM_NS, &sum, &status);

	if (err || !WIFEXITED(status) || WEXITSTATUS(status) || strspn(sum, "0123456789abcdef") != 64)
		return say_err(err ? err : -EIO, "%s: sha256sum (package coreutils) failed on it", file);
	err = sys_mkdirs(dir);
	if (err)
		return say_err(err, "cannot make the cache directory %s: %s; set FUKA_HOME to another place", dir,
			       strerror(-err));
	*out = sys_format("%s/%s-%.16s", dir, kind, sum);
	return 0;
}
