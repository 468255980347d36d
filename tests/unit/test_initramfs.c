// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The initramfs: the same bytes for the same content, clashes named, programs with their libraries.
 *
 * tests/lab.bats also uses it as a packer, to boot what it packed: test_initramfs OUT.cpio ITEM…, where an ITEM is
 * NAME=FILE (content only), +NAME=FILE (with what it needs to run), @PROGRAM (from PATH) or NAME/ (a directory).
 */
#include "lab/pack/initramfs.h"
#include "lib/base/sys.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int pack_item(struct initramfs *fs, char *item)
{
	bool needs = *item == '+';
	char *file = strchr(item, '=');
	int err;

	if (*item == '@')
		return initramfs_program(fs, item + 1, NULL);
	if (!file)
		return initramfs_dir(fs, item, 0755);
	*file++ = '\0';
	err = initramfs_file(fs, item + needs, 0, file);
	return err || !needs ? err : initramfs_needs(fs, item + needs, file);
}

static int pack(int argc, char **argv)
{
	struct initramfs *fs = initramfs_new();
	int err = 0;

	for (int i = 2; i < argc && !err; i++)
		err = pack_item(fs, argv[i]);
	if (!err)
		err = initramfs_write(fs, argv[1], NULL);
	initramfs_free(fs);
	return err ? 1 : 0;
}

/* The archive's bytes, to be freed; *n their number. */
static char *archive(const struct initramfs *fs, size_t *n)
{
	char path[] = "/tmp/test_initramfs-XXXXXX", *bytes = NULL;
	int fd = mkostemp(path, O_CLOEXEC);
	size_t said = 0;

	*n = 0;
	if (fd < 0 || initramfs_write(fs, path, &said) || sys_read_file(path, &bytes, n) || *n != said)
		bytes = NULL;
	close(fd);
	unlink(path);
	return bytes;
}

static char *listing(const struct initramfs *fs)
{
	char path[] = "/tmp/test_initramfs-XXXXXX", *text = NULL;
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0 || initramfs_list(fs, path) || sys_read_file(path, &text, NULL))
		text = NULL;
	close(fd);
	unlink(path);
	return text;
}

static void test_same_bytes(void)
{
	struct initramfs *a = initramfs_new(), *b = initramfs_new();
	size_t an, bn;

	initramfs_bytes(a, "/etc/x", 0644, "one", 3);
	initramfs_link(a, "/bin/y", "../etc/x");
	initramfs_dir(a, "/proc", 0555);
	initramfs_dir(b, "proc/", 0555);
	initramfs_link(b, "bin//y", "../etc/x");
	initramfs_bytes(b, "./etc/./q/../x", 0644, "one", 3);
	char *ab = archive(a, &an), *bb = archive(b, &bn);

	ok(ab && bb && an == bn && !memcmp(ab, bb, an), "the order and spelling of names do not change a byte");
	ok(ab && an % 512 == 0 && !memcmp(ab, "070701", 6), "a newc archive in whole 512-byte blocks");
	char *list = listing(a);

	ok(list && !strcmp(list, "040755 0 /bin\n120777 8 /bin/y\n040755 0 /etc\n100644 3 /etc/x\n040555 0 /proc\n"),
	   "the list is sorted, parents included");
	free(list);
	free(ab);
	free(bb);
	initramfs_free(a);
	initramfs_free(b);
}

static void test_clashes(void)
{
	struct initramfs *fs = initramfs_new();

	ok(!initramfs_bytes(fs, "a/b", 0644, "1", 1), "a file");
	ok(!initramfs_bytes(fs, "a/b", 0644, "1", 1), "the same file again is fine");
	ok(initramfs_bytes(fs, "a/b", 0644, "2", 1) == -EEXIST, "other content under the same name is refused");
	ok(initramfs_bytes(fs, "a/b", 0755, "1", 1) == -EEXIST, "another mode under the same name is refused");
	ok(initramfs_dir(fs, "a/b", 0755) == -EEXIST, "a directory where a file is: refused");
	ok(initramfs_bytes(fs, "a/b/c", 0644, "1", 1) == -ENOTDIR, "a file below a file: refused");
	ok(!initramfs_dir(fs, "a", 0700), "a parent that was made already is fine");
	ok(initramfs_bytes(fs, "/", 0644, "1", 1) == -EINVAL, "the root is no file");
	ok(initramfs_file(fs, "x", 0, "/nonexistent/x") == -ENOENT, "a host file that is not there");
	ok(initramfs_file(fs, "x", 0, "/proc") == -EINVAL, "a host directory is no file");
	ok(initramfs_bytes(fs, "empty", 0644, "", 0) == 0, "an empty file");
	initramfs_free(fs);
}

static void test_programs(void)
{
	struct initramfs *fs = initramfs_new();
	char *where = NULL;

	bool packed = !initramfs_program(fs, "od", &where) && where && *where == '/';

	ok(packed, "od is packed at %s", where ? where : "nowhere");
	char *list = listing(fs);

	ok(list && strstr(list, " /lib64/ld-linux-x86-64.so.2\n"), "its interpreter is under that very path");
	ok(list && strstr(list, "/libc.so.6\n"), "its library is packed");
	free(list);
	free(where);
	where = NULL;
	ok(initramfs_program(fs, "no-such-program", &where) == -ENOENT && !where, "a program that does not exist");
	ok(initramfs_program(fs, "/etc/passwd", &where) == -ENOENT && !where, "a path that is no program");
	initramfs_free(fs);
}

static void test_full_disk(void)
{
	struct initramfs *fs = initramfs_new();
	struct stat st;

	initramfs_bytes(fs, "x", 0644, "1", 1);
	ok(initramfs_write(fs, "/dev/full", NULL) == -ENOSPC, "a full disk is told");
	ok(!stat("/dev/full", &st), "a device is not removed");
	ok(initramfs_write(fs, "/nonexistent/x", NULL) == -ENOENT, "a directory that is not there");
	initramfs_free(fs);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return pack(argc, argv);
	test_same_bytes();
	test_clashes();
	test_programs();
	test_full_disk();
	return tap_end();
}
