// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * io: keeps N reads or writes outstanding all the time, one task each, or does a number of them per second.
 *
 * Without a path it works on a disk of its own that answers each request after `latency` (loadgen/parts/slowdisk.h),
 * also on the virtual clock. A path is a block device, a file, or a directory, in which a file is made and removed.
 * direct bypasses the page cache, so that each request goes to the disk; otherwise a read is of a page that is not
 * cached, and a write waits until it is on the disk (O_DSYNC). fsync and sync are the storms: each task dirties a
 * block, then asks for that file, or for everything, to be written.
 *
 * A task that waits for its disk is in D, iowait and procs_blocked (one that waits for another task's sync is only in
 * D). The mean number of waiting tasks is computed from the time in which each neither ran nor waited for a CPU, by the
 * scheduler's accounts. Nothing can kill such a task: at the end the disk that was made completes all that it holds. A
 * disk that was given must answer by itself.
 */
#include "loadgen/parts/rate.h"
#include "loadgen/parts/slowdisk.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_BYTES    4096 /* direct I/O is aligned to this everywhere */
#define SHARE_LEAST   0.95 /* of the tasks must wait, on average */
#define SETTLE_NS     (SYS_NS / 2)
#define MEASURED_NS   (2 * SYS_NS)
#define AFTER_ERROR_S 0.1

#define OPS(X) X(OP_READ, "read") X(OP_WRITE, "write") X(OP_FSYNC, "fsync") X(OP_SYNC, "sync")
enum op {
	OPS(PARAM_ID)
};

struct io_values {
	int64_t outstanding, op, latency, size, block;
	double rate;
	char *path;
	bool direct, overwrite;
};

#define AT(member) offsetof(struct io_values, member)

static const struct param params[] = {
	{"outstanding", PARAM_INT, "8", 1, 10000, NULL, "tasks with one read or write each", AT(outstanding)},
	{"op", PARAM_CHOICE, "read", 0, 0, PARAM_WORDS(OPS),
	 "what each task does repeatedly; fsync, sync: after a write to the page cache", AT(op)},
	{"rate", PARAM_NUMBER, "0", 0, 1000000, "/s", "operations per second of all tasks together; 0: unlimited",
	 AT(rate)},
	{"path", PARAM_TEXT, NULL, 0, 0, NULL,
	 "a block device, a file, or a directory, where a file is made and removed; default: makes a slow disk",
	 AT(path)},
	{"latency", PARAM_TIME, "1s", 1e6, 3600e9, NULL, "of the disk that is made; 1h: a stalled disk", AT(latency)},
	{"size", PARAM_SIZE, "16M", 4096, 1099511627776, NULL, "of the disk or file that is made", AT(size)},
	{"block", PARAM_SIZE, "4K", 4096, 1048576, NULL, "of each read or write: whole pages", AT(block)},
	{"direct", PARAM_BOOL, "true", 0, 0, NULL, "read, write: bypass the page cache", AT(direct)},
	{"overwrite", PARAM_BOOL, "false", 0, 0, NULL, "allow writing to a given device or file, whose content is lost",
	 AT(overwrite)},
	{0},
};

/* What the tasks and the leader share. */
struct io_shared {
	bool stop;
	long errors;
	int error; /* the last one */
};

struct io_job {
	const struct io_values *v;
	struct io_shared *shared;
	char disk[64];  /* the disk that was made; "": none */
	char path[192]; /* what the tasks open */
	int64_t bytes;  /* its size */
};

/* Each task has a part of the disk of its own, so that no two requests are merged. */
struct io_task {
	const struct io_job *job;
	int fd;
	void *block;
	int64_t first, blocks, next;
};

/* --- the tasks --- */

static int task_open(struct io_task *t, const struct io_job *j, long index)
{
	const struct io_values *v = j->v;
	int flags = v->op == OP_READ ? O_RDONLY : O_WRONLY;

	if (v->op <= OP_WRITE)
		flags |= v->direct ? O_DIRECT : v->op == OP_WRITE ? O_DSYNC : 0;
	*t = (struct io_task){.job = j, .blocks = j->bytes / v->block / v->outstanding};
	t->first = index * t->blocks;
	t->block = aligned_alloc(PAGE_BYTES, v->block);
	t->fd = open(j->path, flags | O_CLOEXEC);
	if (t->fd < 0 || !t->block)
		return say_err(-errno, "io: %s cannot be opened: %s%s", j->path, strerror(errno),
			       errno == EINVAL ? "; its file system has no direct I/O: direct: false" : "");
	memset(t->block, 0, v->block);
	posix_fadvise(t->fd, 0, 0, POSIX_FADV_RANDOM); /* no read-ahead */
	return 0;
}

static int task_do(struct io_task *t)
{
	const struct io_values *v = t->job->v;
	off_t at = (t->first + t->next) * v->block;
	ssize_t n = v->op == OP_READ ? pread(t->fd, t->block, v->block, at) : pwrite(t->fd, t->block, v->block, at);

	t->next = (t->next + 1) % t->blocks;
	if (n < 0)
		return -errno;
	if (v->op == OP_READ && !v->direct)
		posix_fadvise(t->fd, at, v->block, POSIX_FADV_DONTNEED); /* the next read of it must go to the disk */
	if (v->op == OP_FSYNC && fsync(t->fd))
		return -errno;
	if (v->op == OP_SYNC)
		sync();
	return 0;
}

/* Does n operations; returns how many succeeded. */
static int64_t task_make(struct io_task *t, int64_t n)
{
	struct io_shared *s = t->job->shared;
	int64_t made = 0;

	for (int64_t i = 0; i < n; i++) {
		if (__atomic_load_n(&s->stop, __ATOMIC_RELAXED))
			pause(); /* until it is killed: the disk might still hold a new request */
		int r = task_do(t);

		if (!r) {
			made++;
			continue;
		}
		__atomic_store_n(&s->error, -r, __ATOMIC_RELAXED);
		__atomic_fetch_add(&s->errors, 1, __ATOMIC_RELAXED);
		sys_sleep_until(sys_now_ns() + (uint64_t)(AFTER_ERROR_S * SYS_NS));
	}
	return made;
}

static void worker(const void *arg, long index)
{
	struct io_task t;

	if (task_open(&t, arg, index))
		_exit(FUKA_FAIL);
	for (;;)
		task_make(&t, 1);
}

static int rate_open(void *state, const void *values, long index)
{
	_Static_assert(sizeof(struct io_task) <= RATE_STATE, "a task is more than a rate's worker keeps");
	return task_open(state, values, index);
}

static int64_t rate_burst(void *state, int64_t n, uint64_t until_ns)
{
	(void)until_ns;
	return task_make(state, n);
}

/* Completes what the disk that was made holds; tasks that wake up do not come back to it. */
static void release(const void *arg)
{
	const struct io_job *j = arg;

	__atomic_store_n(&j->shared->stop, true, __ATOMIC_RELAXED);
	if (*j->disk)
		slowdisk_let_go(j->disk);
}

/* --- what they work on --- */

/*
 * The file has no name, so that it vanishes with the load; the tasks open it by the descriptor they inherit. It is
 * written whole before the start, because reads of blocks that were never written do not reach the disk.
 */
static int make_file(struct load *l, struct io_job *j)
{
	static char zeros[1 << 16];
	int fd = sys_unnamed_file(j->v->path), r = fd < 0 ? fd : 0;

	snprintf(j->path, sizeof(j->path), "/proc/self/fd/%d", fd);
	for (int64_t at = 0; !r && at < j->bytes && !load_stopping(l); at += sizeof(zeros)) {
		int64_t left = j->bytes - at, some = left < (int64_t)sizeof(zeros) ? left : (int64_t)sizeof(zeros);

		r = sys_write_all(fd, zeros, some);
	}
	r = r ? r : fsync(fd) ? -errno : 0;
	return r ? say_err(r, "io: a file of %lld bytes cannot be made in %s: %s", (long long)j->bytes, j->v->path,
			   strerror(-r))
		 : 0;
}

/* Uses a device or file that existed before. */
static int use_given(struct io_job *j, const struct stat *st)
{
	const struct io_values *v = j->v;
	_cleanup_(sys_closep) int fd = open(v->path, O_RDONLY | O_CLOEXEC);
	uint64_t bytes = st->st_size;

	if (v->op != OP_READ && !v->overwrite)
		return say_err(-EPERM, "io: %s exists and its content would be lost; allow that with overwrite: true",
			       v->path);
	if (fd < 0 || (S_ISBLK(st->st_mode) && ioctl(fd, BLKGETSIZE64, &bytes)))
		return say_err(-errno, "io: %s cannot be read: %s", v->path, strerror(errno));
	snprintf(j->path, sizeof(j->path), "%s", v->path);
	j->bytes = bytes;
	if (j->bytes / v->block < v->outstanding)
		return say_err(-EINVAL, "io: %s has %lld bytes: too few for %lld tasks with %lld bytes each", v->path,
			       (long long)j->bytes, (long long)v->outstanding, (long long)v->block);
	return 0;
}

static int find_disk(struct load *l, struct io_job *j)
{
	const struct io_values *v = j->v;
	struct stat st;

	j->bytes = param_size(v->size, sys_meminfo("MemTotal"));
	if (!v->path) {
		load_name(l, j->disk, sizeof(j->disk));
		return slowdisk_make(l, "io", j->disk, v->latency / 1000000, j->bytes, j->path, sizeof(j->path));
	}
	if (stat(v->path, &st))
		return say_err(-errno, "io: %s: %s; give a block device, a file or a directory", v->path,
			       strerror(errno));
	return S_ISDIR(st.st_mode) ? make_file(l, j) : use_given(j, &st);
}

/* --- the leader --- */

/* Time in ns that a task ran or waited for a CPU; the rest of its time it waited for the disk. -1: it is gone. */
static int64_t awake_ns(pid_t pid)
{
	uint64_t ran_ns, waited_ns;

	return pid <= 0 || sys_schedstat(pid, &ran_ns, &waited_ns) ? -1 : (int64_t)(ran_ns + waited_ns);
}

/* When a task was looked at, and how long it had been awake by then. */
struct look {
	uint64_t at_ns;
	int64_t awake_ns;
};

static void look(const struct load *l, long n, struct look *to)
{
	for (long i = 0; i < n; i++)
		to[i] = (struct look){.at_ns = sys_now_ns(), .awake_ns = awake_ns(load_worker_pid(l, i))};
}

/* The mean number of tasks that waited for the disk between two looks, by the scheduler's accounts, not by sampling. */
static double waiting(const struct look *from, const struct look *to, long n)
{
	double sum = 0;

	for (long i = 0; i < n; i++)
		if (from[i].awake_ns >= 0 && to[i].awake_ns >= 0 && to[i].at_ns > from[i].at_ns)
			sum += fmax(0, 1 - (double)(to[i].awake_ns - from[i].awake_ns) / (to[i].at_ns - from[i].at_ns));
	return sum;
}

/* Returns 1 and reports it if any operation failed, else 0. */
static int failed_any(const struct io_job *j)
{
	long errors = __atomic_load_n(&j->shared->errors, __ATOMIC_RELAXED);

	if (!errors)
		return 0;
	return say("io: %s: %ld reads or writes failed, the last one: %s", j->path, errors, strerror(j->shared->error)),
	       1;
}

/* Reports the result once MEASURED_NS are over, and again at the end. */
static int hold(struct load *l, const struct io_job *j)
{
	long n = j->v->outstanding;
	struct look from[n], to[n];
	bool ok = false;

	load_wait(l, load_went_ns(l) + SETTLE_NS);
	load_declare(l, 0, load_workers_alive(l));
	look(l, n, from);
	for (int round = 0; round == 0 || (round == 1 && !load_stopping(l)); round++) {
		load_wait(l, round ? 0 : sys_now_ns() + MEASURED_NS);
		look(l, n, to);
		double got = waiting(from, to, n);

		ok = got >= SHARE_LEAST * n && load_workers_alive(l) == n && !j->shared->errors;
		load_achieved(l, n, got, "tasks", ok);
	}
	return failed_any(j) || !ok ? FUKA_FAIL : FUKA_PASS;
}

static int run_outstanding(struct load *l, const struct io_job *j)
{
	if (load_workers(l, j->v->outstanding, worker, j))
		return FUKA_FAIL;
	load_ready(l);
	int status = hold(l, j);

	release(j);
	load_workers_end(l);
	load_declare(l, 0, 0);
	return status;
}

static int run_rate(struct load *l, const struct io_job *j)
{
	const struct rate r = {
		.per_second = j->v->rate,
		.workers = j->v->outstanding,
		.unit = "ios/s",
		.missed = "io: off target: the disk is slower; lower rate, or raise outstanding",
		.open = rate_open,
		.burst = rate_burst,
		.release = release,
	};
	int status = rate_run(l, &r, j);

	return failed_any(j) ? FUKA_FAIL : status;
}

static int run(struct load *l, const void *values)
{
	struct io_job j = {.v = values};

	j.shared = mmap(NULL, sizeof(*j.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (j.shared == MAP_FAILED)
		return say_err(FUKA_FAIL, "io: no memory: %s", strerror(errno));
	int r = find_disk(l, &j);

	if (r)
		return r == FUKA_SKIP ? FUKA_SKIP : FUKA_FAIL;
	return j.v->rate > 0 ? run_rate(l, &j) : run_outstanding(l, &j);
}

static int check(const void *values, char why[PARAM_WHY])
{
	const struct io_values *v = values;
	double needed = v->rate * v->latency / SYS_NS;
	int r = param_means(params, v, "latency", !v->path,
			    "with path: it applies to the disk that is made without path", why);

	r = r ? r : param_means(params, v, "overwrite", v->path, "without path", why);
	r = r ? r : param_means(params, v, "overwrite", v->op != OP_READ, "with op: read", why);
	if (r)
		return r;
	if (v->block % PAGE_BYTES)
		return snprintf(why, PARAM_WHY, "block: %lld bytes: must be a multiple of the page size (%d)",
				(long long)v->block, PAGE_BYTES),
		       -EINVAL;
	if (v->size >= 0 && v->size / v->block < v->outstanding)
		return snprintf(why, PARAM_WHY, "size: %lld bytes are too few for %lld tasks with %lld bytes each",
				(long long)v->size, (long long)v->outstanding, (long long)v->block),
		       -EINVAL;
	if (!v->path && needed > v->outstanding)
		return snprintf(why, PARAM_WHY,
				"rate: %g per second of %g ms each need %g outstanding, more than the %lld given",
				v->rate, v->latency / 1e6, needed, (long long)v->outstanding),
		       -EINVAL;
	return 0;
}

static const char *const *modules(const void *values)
{
	return ((const struct io_values *)values)->path ? NULL : slowdisk_modules;
}

static long tasks(const void *values)
{
	return ((const struct io_values *)values)->outstanding;
}

const struct generator loadgen_io = {
	.name = "io",
	.about = "reads, writes or syncs that wait for a slow or stalled disk: a number outstanding, or a number per "
		 "second",
	.needs = "without a path: root, and the modules dm-mod, dm-zero and dm-delay",
	.modules = modules,
	.tasks = tasks,
	.params = params,
	.values_size = sizeof(struct io_values),
	.check = check,
	.run = run,
};
