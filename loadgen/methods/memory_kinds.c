// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One small section per kind of memory. Anonymous memory is populated by MADV_POPULATE_WRITE (Linux 5.14), which is the
 * fastest way, or else by touching it. Then a different word is written into each page, so that no page can be merged
 * (KSM) or compressed away.
 */
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/methods/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <unistd.h>

#define PAGE               4096
#define MIB                (1ll << 20)
#define TMPFS_MAGIC_NUMBER 0x01021994
#define PTE_SPAN           (2 * MIB) /* one page of page table maps this much */
#define DENTRY_BYTES       1280      /* an inode, a dentry and a file, approximately: /proc/meminfo's Slab decides */
#define PIPE_BYTES         65536     /* capacity of a pipe */
#define SOCKET_BYTES       131072    /* approximate capacity of one direction of a socket pair */

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static void mark(char *from, int64_t bytes)
{
	static uint64_t word;

	for (int64_t i = 0; i < bytes; i += PAGE)
		*(uint64_t *)(from + i) = ++word * 0x9e3779b97f4a7c15ull;
}

/*
 * If populating is refused (an old kernel, or a control group at its limit), touching takes the memory, as a program
 * would.
 */
static int populate(char *from, int64_t bytes)
{
	madvise(from, bytes, MADV_POPULATE_WRITE);
	mark(from, bytes);
	return 0;
}

/* A line "NAME:  123 kB" of /proc/PID/status, in bytes. */
static int64_t status_field(pid_t pid, const char *name)
{
	char path[64];
	_cleanup_(sys_freep) char *text = NULL;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (sys_read_file(path, &text, NULL))
		return -1;
	const char *at = strstr(text, name);

	return at ? strtoll(at + strlen(name), NULL, 10) * 1024 : -1;
}

/* --- anonymous memory, plain and locked --- */

static int anon_open(struct memory_task *t)
{
	t->base = mmap(NULL, t->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (t->base == MAP_FAILED)
		return say_err(-errno, "memory: no address space for %lld bytes: %s", (long long)t->bytes,
			       strerror(errno));
	if (t->huge && madvise(t->base, t->bytes, MADV_HUGEPAGE))
		return say_err(-errno, "memory: thp: this kernel has no transparent huge pages: %s", strerror(errno));
	return 0;
}

static int anon_take(struct memory_task *t, int64_t done, int64_t step)
{
	return populate(t->base + done, step);
}

static void base_touch(const struct memory_task *t, int64_t done)
{
	mark(t->base, done);
}

/* Swapped-out memory counts as held. */
static int64_t anon_held(pid_t pid)
{
	int64_t resident = status_field(pid, "RssAnon:"), swapped = status_field(pid, "VmSwap:");

	return resident < 0 ? -1 : resident + (swapped > 0 ? swapped : 0);
}

static int mlock_take(struct memory_task *t, int64_t done, int64_t step)
{
	if (mlock(t->base + done, step))
		return say_err(-errno, "memory: mlock of %lld bytes: %s; raise ulimit -l, or have CAP_IPC_LOCK",
			       (long long)(done + step), strerror(errno));
	mark(t->base + done, step);
	return 0;
}

static int64_t mlock_held(pid_t pid)
{
	return status_field(pid, "VmLck:");
}

/* --- SysV shared memory: outlives its process unless it is removed --- */

static int shm_open_segment(struct memory_task *t)
{
	int64_t bytes = t->bytes == MEMORY_ENDLESS ? 64 * 1024 * MIB : t->bytes;

	t->id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | SHM_NORESERVE | 0600);
	t->base = t->id < 0 ? (char *)-1 : shmat(t->id, NULL, 0);
	if (t->base == (char *)-1)
		return say_err(-errno, "memory: a SysV segment of %lld bytes: %s; kernel.shmmax and shmall bound it",
			       (long long)bytes, strerror(errno));
	if (!t->leave)
		shmctl(t->id, IPC_RMID, NULL); /* removed when its last user detaches */
	return 0;
}

static int shm_take(struct memory_task *t, int64_t done, int64_t step)
{
	mark(t->base + done, step);
	return 0;
}

/*
 * Reads the segment's own count, because RssShmem of the process also counts the program's text if that is on a tmpfs,
 * as in a guest:
 *
 *	key  shmid perms     size  cpid  lpid nattch uid gid cuid cgid atime dtime ctime      rss     swap
 *	  0      3  1600 67108864    86    86      1   0   0    0    0 …                 67108864        0
 */
static int64_t shm_held(pid_t pid)
{
	_cleanup_(sys_freep) char *text = NULL;
	long long creator, rss, swap;

	if (sys_read_file("/proc/sysvipc/shm", &text, NULL))
		return -1;
	for (const char *line = strchr(text, '\n'); line; line = strchr(line + 1, '\n'))
		if (sscanf(line, "%*d %*d %*o %*u %lld %*d %*d %*u %*u %*u %*u %*u %*u %*u %lld %lld", &creator, &rss,
			   &swap) == 3 &&
		    creator == pid)
			return rss + swap;
	return -1;
}

/* --- files: tmpfs, or the page cache of a real file system --- */

static int file_open(struct memory_task *t)
{
	char path[4096];
	struct statfs fs;

	snprintf(path, sizeof(path), "%s/fuka-memory.XXXXXX", t->dir);
	t->fd = t->leave ? mkostemp(path, O_CLOEXEC) : sys_unnamed_file(t->dir);
	if (t->fd < 0)
		return say_err(-errno, "memory: %s: %s; give another directory with dir", t->dir, strerror(errno));
	return fstatfs(t->fd, &fs) ? -errno : (int)(fs.f_type == TMPFS_MAGIC_NUMBER);
}

static int tmpfs_open(struct memory_task *t)
{
	int r = file_open(t);

	if (r == 0)
		return say_err(-EINVAL, "memory: %s is no tmpfs; give one with dir", t->dir);
	return r < 0 ? r : 0;
}

static int cache_open(struct memory_task *t)
{
	int r = file_open(t);

	if (r == 1)
		return say_err(-EINVAL,
			       "memory: %s is a tmpfs: a file there is shared memory, not page cache; give a "
			       "directory of a real file system with dir",
			       t->dir);
	return r;
}

static int file_take(struct memory_task *t, int64_t done, int64_t step)
{
	static char page[PAGE];

	for (int64_t at = done; at < done + step; at += PAGE) {
		mark(page, PAGE);
		if (pwrite(t->fd, page, PAGE, at) != PAGE)
			return say_err(-errno, "memory: writing at %lld bytes of the file: %s", (long long)at,
				       strerror(errno));
	}
	return 0;
}

/* --- page tables: a read of one page in each 2 MiB maps the zero page and costs a page of table --- */

static int pagetables_open(struct memory_task *t)
{
	int64_t span = (t->bytes == MEMORY_ENDLESS ? 16 * 1024 * MIB : t->bytes) / PAGE * PTE_SPAN;

	t->base = mmap(NULL, span, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (t->base == MAP_FAILED)
		return say_err(-errno, "memory: no address space of %lld bytes for the page tables: %s",
			       (long long)span, strerror(errno));
	madvise(t->base, span, MADV_NOHUGEPAGE); /* a huge zero page would need no table; absent is as good */
	return 0;
}

static int pagetables_take(struct memory_task *t, int64_t done, int64_t step)
{
	for (int64_t at = done; at < done + step; at += PAGE)
		(void)*(volatile char *)(t->base + at / PAGE * PTE_SPAN);
	return 0;
}

static int64_t pagetables_held(pid_t pid)
{
	return status_field(pid, "VmPTE:");
}

/* --- slab: dentries and inodes, sockets, pipes --- */

/* Raises the limit of open files to what the kernel allows this user; root may raise the hard limit, too. */
static int raise_files(struct memory_task *t)
{
	struct rlimit limit;
	char most[32];

	(void)t;
	if (!sys_read_line("/proc/sys/fs/nr_open", most, sizeof(most))) {
		limit.rlim_cur = limit.rlim_max = strtoul(most, NULL, 10);
		if (!setrlimit(RLIMIT_NOFILE, &limit))
			return 0;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

/*
 * Makes files without a name in any directory: an inode, a dentry and a file each, which are freed with their process.
 */
static int dentries_take(struct memory_task *t, int64_t done, int64_t step)
{
	(void)done;
	for (int64_t at = 0; at < step; at += DENTRY_BYTES, t->count++)
		if (memfd_create("fuka", 0) < 0)
			return say_err(-errno, "memory: after %ld files: %s; ulimit -n bounds them", t->count,
				       strerror(errno));
	return 0;
}

/* Writes until the other end's buffer is full. */
static int fill(int fd)
{
	static char block[PAGE];

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	return errno == EAGAIN ? 0 : -errno;
}

static int take_pairs(struct memory_task *t, int64_t step, int64_t bytes, int (*make)(int pair[2]))
{
	for (int64_t at = 0; at < step; at += bytes) {
		int pair[2];
		int r = make(pair) ? -errno : fill(pair[1]);

		if (r)
			return say_err(r, "memory: after %ld of them: %s; ulimit -n bounds them", t->count,
				       strerror(-r));
		t->count++;
	}
	return 0;
}

static int make_pipe(int pair[2])
{
	return pipe2(pair, O_CLOEXEC);
}

static int make_sockets(int pair[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

static int pipes_take(struct memory_task *t, int64_t done, int64_t step)
{
	(void)done;
	return take_pairs(t, step, PIPE_BYTES, make_pipe);
}

static int sockets_take(struct memory_task *t, int64_t done, int64_t step)
{
	(void)done;
	return take_pairs(t, step, SOCKET_BYTES, make_sockets);
}

static const struct memory_kind kind_anon = {
	.step = 4 * MIB, .huge = true, .open = anon_open, .take = anon_take, .touch = base_touch, .held = anon_held};
static const struct memory_kind kind_mlock = {
	.step = MIB, .open = anon_open, .take = mlock_take, .touch = base_touch, .held = mlock_held};
static const struct memory_kind kind_shm = {.step = MIB,
					    .outlives = true,
					    .open = shm_open_segment,
					    .take = shm_take,
					    .touch = base_touch,
					    .held = shm_held};
static const struct memory_kind kind_tmpfs = {
	.step = MIB, .in_dir = true, .outlives = true, .open = tmpfs_open, .take = file_take};
static const struct memory_kind kind_file = {
	.step = MIB, .in_dir = true, .outlives = true, .open = cache_open, .take = file_take};
static const struct memory_kind kind_pagetables = {
	.step = MIB / 4, .open = pagetables_open, .take = pagetables_take, .held = pagetables_held};
static const struct memory_kind kind_dentries = {
	.step = MIB / 8, .open = raise_files, .take = dentries_take, .machine = "Slab"};
static const struct memory_kind kind_sockets = {.step = MIB, .open = raise_files, .take = sockets_take};
static const struct memory_kind kind_pipes = {.step = MIB, .open = raise_files, .take = pipes_take};

const struct memory_kind *const memory_kinds[] = {
#define KIND(id, word) &kind_##id,
	MEMORY_KINDS(KIND)
#undef KIND
};
