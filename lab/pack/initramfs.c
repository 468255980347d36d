// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A cpio archive in the "newc" format, kept in memory as a sorted table of entries until it is written:
 *
 *	070701 INO MODE UID GID NLINK MTIME SIZE DEVMAJ DEVMIN RDEVMAJ RDEVMIN NAMESIZE CHECK   (8 hex digits each)
 *	name\0, padded to 4; content, padded to 4; … the last entry is "TRAILER!!!"
 *
 * A file's content is packed under the path by which it is looked up, without the host's symbolic links:
 * /lib64/ld-linux-x86-64.so.2 of a usr-merged host has the same path in the guest. The archive is not compressed,
 * because unpacking would take the guest longer than reading the bytes. The content is kept in memory (some ten MB).
 */
#include "lab/pack/initramfs.h"
#include "lab/pack/elf.h"
#include "lib/base/array.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct initramfs_entry {
	char *name;    /* without a leading slash */
	unsigned mode; /* includes the file type */
	char *bytes;
	size_t n;
};

struct initramfs {
	struct initramfs_entry *at; /* sorted by name */
	size_t n;
};

#define auto_text _cleanup_(sys_freep) char *

static int no_memory(const char *name)
{
	return say_err(-ENOMEM, "no memory to pack %s", name);
}

struct initramfs *initramfs_new(void)
{
	return calloc(1, sizeof(struct initramfs));
}

void initramfs_free(struct initramfs *fs)
{
	if (!fs)
		return;
	for (size_t i = 0; i < fs->n; i++) {
		free(fs->at[i].name);
		free(fs->at[i].bytes);
	}
	free(fs->at);
	free(fs);
}

/* Turns "/usr//bin/./sh" into "usr/bin/sh", "a/../b" into "b" and "/" into "". Returns NULL without memory. */
static char *tidy(const char *path)
{
	char *out = malloc(strlen(path) + 1);
	size_t used = 0;

	if (!out)
		return NULL;
	for (const char *at = path; *at;) {
		size_t n = strcspn(at, "/");

		if (n == 2 && !memcmp(at, "..", 2)) {
			while (used && out[--used] != '/')
				;
		} else if (n && !(n == 1 && *at == '.')) {
			if (used)
				out[used++] = '/';
			memcpy(out + used, at, n);
			used += n;
		}
		at += n + (at[n] == '/');
	}
	out[used] = '\0';
	return out;
}

/* Returns the index of `name`, or where it belongs. */
static size_t place_of(const struct initramfs *fs, const char *name, int *found)
{
	size_t low = 0, high = fs->n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(fs->at[mid].name, name);

		if (!order) {
			*found = 1;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*found = 0;
	return low;
}

static const char *kind(unsigned mode)
{
	return S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "link" : "file";
}

static int same_again(const struct initramfs_entry *old, const struct initramfs_entry *new)
{
	if (old->mode == new->mode && old->n == new->n && (!old->n || !memcmp(old->bytes, new->bytes, old->n)))
		return 0;
	if (S_ISDIR(old->mode) && S_ISDIR(new->mode))
		return 0; /* a directory that exists keeps its mode */
	return say_err(-EEXIST,
		       "/%s is in the initramfs already, as another %s: two entries have the same path but "
		       "different content",
		       old->name, kind(old->mode));
}

static int insert(struct initramfs *fs, size_t at, const struct initramfs_entry *e)
{
	if (!array_grow(&fs->at, fs->n, sizeof(*fs->at)))
		return no_memory(e->name);
	memmove(fs->at + at + 1, fs->at + at, (fs->n - at) * sizeof(*fs->at));
	fs->at[at] = *e;
	fs->n++;
	return 0;
}

static int make_parents(struct initramfs *fs, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		struct initramfs_entry dir = {.name = strndup(name, slash - name), .mode = S_IFDIR | 0755};
		int found, err = 0;

		if (!dir.name)
			return no_memory(name);
		size_t at = place_of(fs, dir.name, &found);

		if (!found)
			err = insert(fs, at, &dir);
		else if (!S_ISDIR(fs->at[at].mode))
			err = say_err(-ENOTDIR, "cannot pack /%s: /%s is a %s in the initramfs, not a directory", name,
				      dir.name, kind(fs->at[at].mode));
		if (found || err)
			free(dir.name);
		if (err)
			return err;
	}
	return 0;
}

/* Whether a file system of the kernel's is mounted there in the guest, which hides the initramfs's files. */
static bool is_hidden(const char *name)
{
	static const char *const places[] = {"dev/", "proc/", "sys/"};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!strncmp(name, places[i], strlen(places[i])))
			return true;
	return false;
}

/* Takes ownership of `bytes`, also when it fails. */
static int add(struct initramfs *fs, const char *name, unsigned mode, char *bytes, size_t n)
{
	struct initramfs_entry e = {tidy(name), mode, bytes, n};
	int found = 0, err = e.name ? 0 : no_memory(name);

	if (!err && !*e.name)
		found = 1,
		err = S_ISDIR(mode) ? 0 : say_err(-EINVAL, "'%s' is not a valid path for a file in the guest", name);
	else if (!err && is_hidden(e.name))
		err = say_err(-EINVAL,
			      "cannot pack /%s: the guest has its own /dev, /proc and /sys, which would hide it; "
			      "copy it elsewhere",
			      e.name);
	else if (!err && !(err = make_parents(fs, e.name))) {
		size_t at = place_of(fs, e.name, &found);

		err = found ? same_again(&fs->at[at], &e) : insert(fs, at, &e);
	}
	if (found || err) {
		free(e.name);
		free(bytes);
	}
	return err;
}

int initramfs_dir(struct initramfs *fs, const char *name, unsigned mode)
{
	return add(fs, name, S_IFDIR | (mode & 07777), NULL, 0);
}

int initramfs_bytes(struct initramfs *fs, const char *name, unsigned mode, const void *bytes, size_t n)
{
	char *copy = malloc(n ? n : 1);

	if (!copy)
		return no_memory(name);
	if (n)
		memcpy(copy, bytes, n);
	return add(fs, name, S_IFREG | (mode & 07777), copy, n);
}

int initramfs_link(struct initramfs *fs, const char *name, const char *target)
{
	char *copy = strdup(target);

	return copy ? add(fs, name, S_IFLNK | 0777, copy, strlen(target)) : no_memory(name);
}

/* Reads a whole regular file. */
static int slurp(const char *path, char **bytes, size_t *n, unsigned *mode)
{
	int fd = sys_open_regular(path);
	struct stat st;
	size_t done = 0;

	if (fd < 0)
		return say_err(fd, "%s cannot be packed: %s", path,
			       fd == -EINVAL ? "it is not a regular file" : strerror(-fd));
	if (fstat(fd, &st)) {
		close(fd);
		return say_err(-EIO, "cannot pack %s: fstat() failed on it", path);
	}
	char *all = malloc(st.st_size ? st.st_size : 1);

	while (all && done < (size_t)st.st_size) {
		ssize_t got = read(fd, all + done, st.st_size - done);

		if (got <= 0 && errno != EINTR)
			break;
		done += got > 0 ? got : 0;
	}
	close(fd);
	if (!all || done < (size_t)st.st_size) {
		free(all);
		return all ? say_err(-EIO, "cannot pack %s: only %zu of %zu bytes could be read", path, done,
				     (size_t)st.st_size)
			   : no_memory(path);
	}
	*bytes = all;
	*n = done;
	*mode = st.st_mode & 0100 ? 0755 : 0644;
	return 0;
}

int initramfs_file(struct initramfs *fs, const char *name, unsigned mode, const char *host_path)
{
	char *bytes = NULL;
	size_t n = 0;
	unsigned own = 0;
	int err = slurp(host_path, &bytes, &n, &own);

	return err ? err : add(fs, name, S_IFREG | (mode ? mode & 07777 : own), bytes, n);
}

/* ---- programs ---- */

static bool runnable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* Returns the absolute path of a program: it is searched in PATH as the shell does, then where root's programs are. */
static char *find_program(const char *name)
{
	const char *env = getenv("PATH");
	auto_text dirs = NULL;
	char *out = NULL, *rest;

	if (strchr(name, '/')) {
		auto_text copy = strdup(name);
		char *slash = copy ? strrchr(copy, '/') : NULL;

		if (!slash || !runnable(name))
			return NULL;
		*slash = '\0';
		auto_text dir = realpath(*copy ? copy : "/", NULL);

		return dir && asprintf(&out, "%s/%s", dir, slash + 1) > 0 ? out : NULL;
	}
	if (asprintf(&dirs, "%s:/usr/sbin:/sbin:/usr/bin:/bin", env ? env : "") < 0)
		return NULL;
	for (char *dir = strtok_r(dirs, ":", &rest); dir; dir = strtok_r(NULL, ":", &rest)) {
		if (*dir != '/' || asprintf(&out, "%s/%s", dir, name) < 0)
			continue;
		if (runnable(out))
			return out;
		free(out);
	}
	return NULL;
}

static int pack_libs(struct initramfs *fs, const char *host, const char *guest)
{
	struct elf_libs libs;
	int err = elf_closure(host, guest, &libs);

	if (err)
		return err;
	for (size_t i = 0; i < libs.n && !err; i++)
		err = initramfs_file(fs, libs.at[i].guest, libs.at[i].interp ? 0755 : 0644, libs.at[i].host);
	elf_libs_free(&libs);
	return err;
}

#define SCRIPTS_MAX 5 /* most scripts that are interpreters of one another */

static int pack_needs(struct initramfs *fs, const char *host, const char *guest, int depth);
static int pack_program(struct initramfs *fs, const char *program, char **where, int depth);

/*
 * Packs, for "#!/bin/sh -e" or "#!/usr/bin/env -S python3 -u", the interpreter under that same path, and what env looks
 * up.
 */
static int pack_script(struct initramfs *fs, const char *host, const char *head, int depth)
{
	char line[512], *rest;

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(head + 2, "\n"), head + 2);
	const char *interp = strtok_r(line, " \t\r", &rest), *word = NULL;

	if (!interp || *interp != '/' || !runnable(interp))
		return say_err(-ENOENT, "%s is a script for %s, which is not on this machine", host,
			       interp ? interp : "nothing");
	int err = initramfs_file(fs, interp, 0755, interp);

	if (!err)
		err = pack_needs(fs, interp, interp, depth + 1);
	if (err || strcmp(strrchr(interp, '/'), "/env"))
		return err;
	while ((word = strtok_r(NULL, " \t\r", &rest)) && (*word == '-' || strchr(word, '=')))
		;
	return word ? pack_program(fs, word, NULL, depth + 1) : 0;
}

static int pack_needs(struct initramfs *fs, const char *host, const char *guest, int depth)
{
	char head[512] = "";
	int fd = sys_open_regular(host);
	ssize_t n = fd < 0 ? fd : read(fd, head, sizeof(head) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return say_err(-EIO, "cannot pack %s: it cannot be read", host);
	if (elf_is(head, n))
		return pack_libs(fs, host, guest);
	bool script = n > 2 && !memcmp(head, "#!", 2);

	if (script && depth < SCRIPTS_MAX)
		return pack_script(fs, host, head, depth);
	if (script)
		return say_err(-ELOOP, "cannot pack %s: more than %d scripts are interpreters of one another", host,
			       SCRIPTS_MAX);
	return say_err(-ENOEXEC, "cannot pack %s: it is neither an ELF program nor a script that starts with #!", host);
}

int initramfs_needs(struct initramfs *fs, const char *name, const char *host_path)
{
	return pack_needs(fs, host_path, name, 0);
}

static int pack_program(struct initramfs *fs, const char *program, char **where, int depth)
{
	char *path = find_program(program);

	if (!path && strchr(program, '/'))
		return say_err(-ENOENT, "the program %s does not exist or is not executable", program);
	if (!path)
		return say_err(-ENOENT,
			       "the program '%s' is not on this machine: looked in PATH, /usr/sbin, /sbin, /usr/bin "
			       "and /bin; install its package, or give its path",
			       program);
	int err = initramfs_file(fs, path, 0755, path);

	if (!err)
		err = pack_needs(fs, path, path, depth);
	if (!err && where)
		*where = path;
	else
		free(path);
	return err;
}

int initramfs_program(struct initramfs *fs, const char *program, char **where)
{
	return pack_program(fs, program, where, 0);
}

/* ---- writing ---- */

static size_t pad(FILE *f, size_t at, size_t to)
{
	size_t n = (to - at % to) % to;

	for (size_t i = 0; i < n; i++)
		putc('\0', f);
	return at + n;
}

static size_t write_entry(FILE *f, size_t at, const struct initramfs_entry *e, unsigned inode)
{
	size_t name_size = strlen(e->name) + 1;

	at += fprintf(f, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", inode, e->mode, 0, 0,
		      S_ISDIR(e->mode) ? 2 : 1, 0, e->n, 0, 0, 0, 0, name_size, 0);
	at += fwrite(e->name, 1, name_size, f);
	at = pad(f, at, 4);
	if (e->n)
		at += fwrite(e->bytes, 1, e->n, f);
	return pad(f, at, 4);
}

/* Closes the file. An incomplete one is removed, but not if `path` is a device. */
static int finish(FILE *f, const char *path, const char *what)
{
	struct stat st;
	bool regular = !fstat(fileno(f), &st) && S_ISREG(st.st_mode);
	int bad = fflush(f) || ferror(f), err = errno;

	bad |= fclose(f);
	if (!bad)
		return 0;
	if (regular)
		unlink(path);
	return say_err(err ? -err : -EIO, "%s cannot be written to %s: %s", what, path, strerror(err ? err : EIO));
}

int initramfs_write(const struct initramfs *fs, const char *path, size_t *bytes)
{
	FILE *f = fopen(path, "we");
	size_t at = 0;

	if (!f)
		return say_err(-errno, "the initramfs cannot be written to %s: %s", path, strerror(errno));
	errno = 0;
	for (size_t i = 0; i < fs->n; i++)
		at = write_entry(f, at, &fs->at[i], i + 1);
	at = write_entry(f, at, &(struct initramfs_entry){.name = "TRAILER!!!"}, 0);
	at = pad(f, at, 512);
	int err = finish(f, path, "the initramfs");

	if (!err && bytes)
		*bytes = at;
	return err;
}

size_t initramfs_size(const struct initramfs *fs)
{
	size_t n = 0;

	for (size_t i = 0; i < fs->n; i++)
		n += fs->at[i].n;
	return n;
}

int initramfs_list(const struct initramfs *fs, const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return say_err(-errno, "the list of packed files cannot be written to %s: %s", path, strerror(errno));
	errno = 0;
	for (size_t i = 0; i < fs->n; i++)
		fprintf(f, "%06o %zu /%s\n", fs->at[i].mode, fs->at[i].n, fs->at[i].name);
	return finish(f, path, "the list of packed files");
}
