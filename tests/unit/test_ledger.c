// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a load did is undone, the last thing first, and nothing else (H7). The things are real: directories one in the
 * other, of which the inner has to go first, and mounts on them where this user may mount.
 *
 * As root in a mount namespace of its own, in which /run is new: /run/fuka is the test's. Otherwise below the test's own
 * $XDG_RUNTIME_DIR, without mounts.
 */
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/harness/ledger.h"
#include "tests/unit/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[] = "/tmp/fuka-test-ledger.XXXXXX";
static bool mounts; /* this process may mount, where nobody sees it */
static int words;   /* what was said */

/* "/tmp/fuka-test-ledger.aB3dEf/NAME"; valid for the next three calls. */
static const char *at(const char *name)
{
	static char paths[4][160];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

static bool exists(const char *name)
{
	struct stat st;

	return !lstat(at(name), &st);
}

static bool is_mount(const char *name)
{
	struct stat here, above;

	return !stat(at(name), &here) && !stat(scratch, &above) && here.st_dev != above.st_dev;
}

static void touch(const char *name)
{
	close(open(at(name), O_WRONLY | O_CREAT, 0600));
}

/* Whether that text was said since this was asked for the last time; NULL: whether nothing was. */
static bool said(const char *text)
{
	char all[4096];
	ssize_t n = pread(words, all, sizeof(all) - 1, 0);

	all[n < 0 ? 0 : n] = '\0';
	if (ftruncate(words, 0) || lseek(words, 0, SEEK_SET))
		return false;
	bool right = text ? strstr(all, text) != NULL : !*all;

	if (!right)
		printf("# it said: %s\n", all);
	return right;
}

/* How many ledgers there are; or removes them. */
static int ledgers(bool remove)
{
	const char *path = mounts ? "/run/fuka" : at("fuka");
	DIR *d = opendir(path);
	int n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		if (*e->d_name != '.')
			n += remove ? !unlinkat(dirfd(d), e->d_name, 0) : 1;
	if (d)
		closedir(d);
	if (remove)
		rmdir(path);
	return n;
}

static void begin(struct ledger *l)
{
	if (ledger_open(l, "test") || !*l->path)
		exit(99);
}

/* Written down before it is made, as a load does. */
static void make(struct ledger *l, const char *name)
{
	if (ledger_add(l, UNDO_MOUNT, at(name)) || mkdir(at(name), 0700))
		exit(99);
}

static void mount_on(const char *name)
{
	if (mounts && mount("test", at(name), "tmpfs", 0, NULL))
		exit(99);
}

static void test_order(void)
{
	struct ledger l;

	begin(&l);
	make(&l, "a");
	make(&l, "a/b");
	make(&l, "a/b/c");
	ledger_undo(&l);
	ok(!exists("a"), "what was made in what was made before is undone first");
	ok(said(NULL), "… and nothing is to be said of it");
	ok(!ledgers(false), "… and the ledger is gone");
	ledger_forget(&l);
}

static void test_mounts(void)
{
	struct ledger l;

	begin(&l);
	make(&l, "a");
	mount_on("a");
	if (ledger_add(&l, UNDO_FREEZE, at("a")))
		exit(99);
	make(&l, "a/b");
	mount_on("a/b");
	touch("a/b/file");
	if (!mounts)
		unlink(at("a/b/file"));
	ledger_let_go(&l);
	ok(exists("a/b") && is_mount("a/b") == mounts, "what tasks sleep on is let go without taking anything away");
	ledger_undo(&l);
	ok(!exists("a"),
	   "a file system that is mounted in another one, with files in it, is gone, and so is the other");
	ok(said(NULL), "… and nothing is to be said of it");
	ledger_forget(&l);
}

static void test_not_made(void)
{
	struct ledger l;

	begin(&l);
	make(&l, "a");
	if (ledger_add(&l, UNDO_MOUNT, at("never")) || ledger_add(&l, UNDO_FREEZE, at("never")))
		exit(99);
	make(&l, "b");
	ledger_let_go(&l);
	ledger_undo(&l);
	ok(!exists("a") && !exists("b"), "what was made before and after a thing that could not be made is undone");
	ok(said(NULL) && !ledgers(false), "… and what was not made is no failure");
	ledger_forget(&l);
}

/* Somebody else's link has the place of what was to be made, and leads to what is his. */
static void test_not_ours(void)
{
	struct ledger l;

	mkdir(at("his"), 0700);
	mount_on("his");
	begin(&l);
	make(&l, "a");
	if (ledger_add(&l, UNDO_MOUNT, at("link")) || symlink(at("his"), at("link")))
		exit(99);
	make(&l, "b");
	ledger_let_go(&l);
	ledger_undo(&l);
	ok(exists("his") && is_mount("his") == mounts, "where a link was planted, what it leads to stays");
	ok(exists("link") && said("link could not be undone: Not a directory"), "… and the link too, which is said");
	ok(!exists("a") && !exists("b"), "… and the rest is undone");
	unlink(at("link"));
	ledger_undo(&l);
	ledger_forget(&l);
	umount2(at("his"), MNT_DETACH);
	rmdir(at("his"));
}

static void test_failure(void)
{
	struct ledger l;

	begin(&l);
	make(&l, "a");
	make(&l, "b");
	touch("b/full");
	make(&l, "c");
	ledger_undo(&l);
	ok(exists("b") && said("b could not be undone: Directory not empty"), "a failure in the middle is said");
	ok(!exists("c") && !exists("a"), "… and the rest is undone, what came before it too");
	ok(ledgers(false) == 1, "… and the ledger stays, for another try");
	mkdir(at("a"), 0700);
	unlink(at("b/full"));
	ledger_undo(&l);
	ok(!exists("b") && said(NULL) && !ledgers(false), "the other try undoes what is left");
	ok(exists("a"), "… and nothing a second time: what has its name by now is somebody else's");
	rmdir(at("a"));
	ledger_forget(&l);
}

static void test_bounds(void)
{
	char much[512];
	struct ledger l;
	int n = 0;

	begin(&l);
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	ok(ledger_add(&l, UNDO_MOUNT, much) == -E2BIG && said("at most"), "a name that has no room is refused");
	while (n < 1000 && !ledger_add(&l, UNDO_MOUNT, at("never")))
		n++;
	ok(n >= 8 && n < 1000 && said("a load leaves at most"), "as many undos as there is room for, %d; no more", n);
	ledger_undo(&l);
	ok(said(NULL) && !ledgers(false), "… and all of them are worked off");
	ledger_forget(&l);
}

/* A load that makes two directories, elsewhere: in a mount namespace of its own. Ends when it is told to, or killed. */
static pid_t load(bool elsewhere)
{
	int ready[2];
	char c;

	if (pipe(ready))
		exit(99);
	pid_t pid = fork();

	if (pid == 0) {
		struct ledger l;

		if (elsewhere && unshare(CLONE_NEWNS))
			_exit(99);
		begin(&l);
		make(&l, "left");
		mount_on("left");
		if (write(ready[1], "x", 1) != 1)
			_exit(99);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid < 0 || read(ready[0], &c, 1) != 1)
		exit(99);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_sweep(void)
{
	pid_t pid = load(false);

	ledger_sweep();
	ok(exists("left") && is_mount("left") == mounts && said(NULL), "nothing is taken from a load that lives");
	end(pid);
	ledger_sweep();
	ok(!exists("left") && !ledgers(false), "what a load left that was killed whole is undone by the next");
	ok(said("removed what a killed load left behind: "), "… which says so");
	ledger_sweep();
	ok(said(NULL), "… once");
}

static void test_sweep_elsewhere(void)
{
	if (!mounts)
		return;
	end(load(true));
	ledger_sweep();
	ok(exists("left") && ledgers(false) == 1 && said(NULL),
	   "a mount that cannot be seen from here is left to those who can");
	ledgers(true);
	rmdir(at("left"));
}

/* The ledger of another fuka, which knows more ways to undo: how stands before what. */
static void test_sweep_strange(void)
{
	char path[128], all[16384];
	struct ledger l;

	begin(&l);
	make(&l, "a");
	strcpy(path, l.path);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	ssize_t size = pread(fd, all, sizeof(all), 0);
	char *what = size > 0 ? memmem(all, size, scratch, strlen(scratch)) : NULL;

	if (!what || pwrite(fd, &(int){1000}, sizeof(int), what - all - sizeof(int)) < 0)
		exit(99);
	close(fd);
	ledger_forget(&l);
	ledger_sweep();
	ok(exists("a") && ledgers(false) == 1 && said(NULL), "a way to undo that is not known here is not taken");
	rmdir(at("a"));
	ledgers(true);
}

/* Root has to have them: the other /run/fuka is this machine's. */
static bool is_apart(void)
{
	mounts = !geteuid() && !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		 !mount("test", "/run", "tmpfs", 0, "mode=755");
	return mounts || geteuid();
}

int main(void)
{
	if (!is_apart()) {
		puts("ok 1 - # SKIP mount namespaces: root may not mount anything here\n1..1");
		return 0;
	}
	words = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (words < 0 || !mkdtemp(scratch) || setenv("XDG_RUNTIME_DIR", scratch, 1))
		return 99;
	say_to(words);
	test_order();
	test_mounts();
	test_not_made();
	test_not_ours();
	test_failure();
	test_bounds();
	test_sweep();
	test_sweep_elsewhere();
	test_sweep_strange();
	rmdir(scratch);
	return tap_end();
}
