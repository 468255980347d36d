// SPDX-License-Identifier: GPL-2.0-or-later
#include "loadgen/harness/ledger.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/parts/dm.h"
#include "loadgen/methods/dstate.h"
#include "loadgen/parts/slowdisk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNDOS_MAX 32
#define TRIES_MAX 100 /* another load that ends may remove the directory, or a sweep the file */
#define MAGIC     "fuka ledger 1"

struct entries {
	char magic[16], boot[40];
	uint64_t mounts; /* the mount namespace of the load */
	struct place_group group;
	int count;
	struct {
		bool open; /* still to be undone */
		int how;
		char what[188];
	} undo[UNDOS_MAX];
};

static const struct {
	bool at_once; /* tasks sleep on it */
	int (*fn)(const char *what);
} ways[] = {
	[UNDO_MOUNT] = {false, stall_unmount},      [UNDO_FREEZE] = {true, stall_thaw},
	[UNDO_DM_CREATE] = {false, dm_undo_create}, [UNDO_DM_SUSPEND] = {true, dm_undo_suspend},
	[UNDO_SLOWDISK] = {true, slowdisk_let_go},
};

#define WAYS ((int)(sizeof(ways) / sizeof(*ways)))

static char *directory(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	return geteuid() == 0               ? sys_format("/run/fuka")
	       : runtime && *runtime == '/' ? sys_format("%s/fuka", runtime)
					    : sys_format("/tmp/.fuka-%u", geteuid());
}

/* Returns its descriptor; -errno if it does not exist or others may access it. */
static int open_directory(const char *path)
{
	_cleanup_(sys_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (st.st_uid != geteuid() || st.st_mode & 077)
		return say_err(
			-EPERM,
			"%s must belong to this user and have mode 0700: what a killed load leaves behind will not be "
			"removed",
			path);
	int own = fd;

	fd = -1;
	return own;
}

/* Makes a new file and locks it. -ESTALE, -ENOENT: try again. */
static int make_file(struct ledger *l, const char *dir, const char *generator)
{
	struct stat st;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	_cleanup_(sys_closep) int at = open_directory(dir), fd = -1;

	if (at < 0)
		return at;
	snprintf(l->path, sizeof(l->path), "%s/%s.XXXXXX", dir, generator);
	fd = mkostemp(l->path, O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) || fstat(fd, &st))
		return -errno;
	if (!st.st_nlink)
		return -ESTALE;                                  /* a sweep removed it before it was locked */
	int r = -posix_fallocate(fd, 0, sizeof(struct entries)); /* a full disk must fail here, not by SIGBUS later */

	if (r) {
		unlink(l->path);
		return r;
	}
	l->fd = fd;
	fd = -1;
	return 0;
}

static uint64_t mount_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/mnt", &st) ? 0 : st.st_ino;
}

static void boot_id(char id[40])
{
	if (sys_read_line("/proc/sys/kernel/random/boot_id", id, 40))
		*id = '\0';
}

int ledger_open(struct ledger *l, const char *generator)
{
	_cleanup_(sys_freep) char *dir = directory();
	int r = -ESTALE;

	*l = (struct ledger){.fd = -1};
	for (int i = 0; (r == -ESTALE || r == -ENOENT) && i < TRIES_MAX; i++)
		r = make_file(l, dir, generator);
	if (r)
		*l->path = '\0';
	snprintf(l->salt, sizeof(l->salt), "%s", r ? "" : strrchr(l->path, '.') + 1);
	if (r)
		snprintf(l->salt, sizeof(l->salt), "%06llx", (unsigned long long)sys_now_ns() >> 10 & 0xffffff);
	/* The mapping uses another descriptor: a mapping keeps its open file, and so its lock, alive. */
	_cleanup_(sys_closep) int fd = r ? -1 : open(l->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	l->entries = mmap(NULL, sizeof(*l->entries), PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0),
			  fd, 0);
	if (l->entries == MAP_FAILED)
		return -errno;
	boot_id(l->entries->boot);
	l->entries->mounts = mount_namespace();
	strcpy(l->entries->magic, MAGIC);
	return 0;
}

void ledger_unlock(struct ledger *l)
{
	sys_closep(&l->fd);
	l->fd = -1;
}

void ledger_forget(struct ledger *l)
{
	ledger_unlock(l);
	munmap(l->entries, sizeof(*l->entries));
}

int ledger_add(struct ledger *l, enum load_undo how, const char *what)
{
	struct entries *e = l->entries;

	if (e->count == UNDOS_MAX || strlen(what) >= sizeof(e->undo[0].what))
		return say_err(-E2BIG, "%s: a load leaves at most %d things to undo", what, UNDOS_MAX);
	e->undo[e->count].how = how;
	e->undo[e->count].open = true;
	strcpy(e->undo[e->count].what, what);
	__atomic_store_n(&e->count, e->count + 1, __ATOMIC_RELEASE); /* from now on the guards undo it */
	return 0;
}

struct place_group *ledger_group(struct ledger *l)
{
	return &l->entries->group;
}

/* Undoes in reverse order. Returns how many could not be undone. */
static int undo_some(struct entries *e, bool at_once)
{
	int left = 0;

	for (int i = e->count; i-- > 0;) {
		if (!e->undo[i].open || ways[e->undo[i].how].at_once != at_once)
			continue;
		int r = ways[e->undo[i].how].fn(e->undo[i].what);

		if (r)
			say("%s could not be undone: %s", e->undo[i].what, strerror(-r));
		e->undo[i].open = r || at_once; /* a task may go back to sleep on it */
		left += r != 0;
	}
	return left;
}

void ledger_let_go(struct ledger *l)
{
	undo_some(l->entries, true);
}

void ledger_undo(struct ledger *l)
{
	struct entries *e = l->entries;
	int left = undo_some(e, false);

	if (*e->group.name && !place_group_remove(&e->group))
		*e->group.name = '\0';
	if (left || *e->group.name)
		return;
	e->count = 0;
	if (!*l->path)
		return;
	unlink(l->path);
	*strrchr(l->path, '/') = '\0';
	rmdir(l->path); /* fails if another load has a file there */
	*l->path = '\0';
}

/* --- what a killed load left --- */

/* Lists what the entries name, once each: "fuka.cpu.123, /run/fuka/dstate.aB3dEf.d". */
static void names_of(const struct entries *e, char *text, size_t size)
{
	size_t n = snprintf(text, size, "%s", e->group.name);

	for (int i = 0; i < e->count && n < size; i++)
		if (e->undo[i].open && !ways[e->undo[i].how].at_once)
			n += snprintf(text + n, size - n, "%s%s", n ? ", " : "", e->undo[i].what);
}

/* Whether there is nothing to undo: nothing was done yet, or the machine has been rebooted since. */
static bool is_past(const struct entries *e)
{
	char boot[40];

	boot_id(boot);
	return strcmp(e->magic, MAGIC) || strcmp(e->boot, boot) || (!e->count && !*e->group.name);
}

/* Whether the file is valid and its mounts, if any, are in our mount namespace. */
static bool is_ours(const struct entries *e)
{
	bool mounts = false;

	if (e->count < 0 || e->count > UNDOS_MAX)
		return false;
	for (int i = 0; i < e->count; i++) {
		if (e->undo[i].how < 0 || e->undo[i].how >= WAYS)
			return false;
		mounts |= e->undo[i].how == UNDO_MOUNT;
	}
	return !mounts || e->mounts == mount_namespace();
}

static void undo_left(struct ledger *l)
{
	char names[512];

	names_of(l->entries, names, sizeof(names));
	ledger_let_go(l);
	ledger_undo(l);
	if (*names)
		say("%s what a killed load left behind: %s", *l->path ? "could not remove all of" : "removed", names);
}

static void sweep_one(int dir, const char *path, const char *name)
{
	_cleanup_(sys_closep) int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct ledger l = {.fd = -1};
	struct stat st;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_nlink)
		return;
	snprintf(l.path, sizeof(l.path), "%s/%s", path, name);
	l.entries = st.st_size == sizeof(*l.entries) ? mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
						     : MAP_FAILED;
	if (l.entries == MAP_FAILED) {
		if (!st.st_size)
			unlink(l.path); /* its owner has died, or will notice */
		return;
	}
	if (is_past(l.entries))
		unlink(l.path);
	else if (is_ours(l.entries))
		undo_left(&l);
	ledger_forget(&l);
}

void ledger_sweep(void)
{
	_cleanup_(sys_freep) char *path = directory();
	int fd = open_directory(path);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *e; names && (e = readdir(names));)
		if (e->d_type != DT_DIR)
			sweep_one(fd, path, e->d_name);
	if (names)
		closedir(names);
}
