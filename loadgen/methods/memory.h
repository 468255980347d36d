/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of memory a load can take. A filler runs in the worker and takes memory in steps; what it really took is read
 * from the kernel, by the leader, from outside.
 */
#ifndef FUKA_MEMORY_H
#define FUKA_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct memory_task {
	int64_t bytes;   /* the target; MEMORY_ENDLESS: until something stops it */
	const char *dir; /* for kinds that live in files */
	bool huge;       /* madvise(MADV_HUGEPAGE) */
	bool leave;      /* leave behind what outlives a process (SysV shm, files) */
	char *base;      /* the filler's own: mapping, descriptor … */
	int fd, id;
	long count;
};

#define MEMORY_ENDLESS (1ll << 40)

struct memory_kind {
	const char *name;
	int64_t step; /* bytes taken at a time: a multiple of the page size */
	bool in_dir;  /* a file in memory_task's dir */
	/* Takes the next `step` bytes at offset `done`. -errno. */
	int (*take)(struct memory_task *t, int64_t done, int64_t step);
	/* Prepares; NULL: nothing to prepare. -errno with a message. */
	int (*open)(struct memory_task *t);
	/* Touches what is held once more; NULL: cannot be touched. */
	void (*touch)(const struct memory_task *t, int64_t done);
	/* Bytes of this kind the worker holds now, by the kernel's word; NULL: no counter belongs to a process. */
	int64_t (*held)(pid_t pid);
	/*
	 * Line of /proc/meminfo that grows by it, for kinds whose size in the kernel is not known beforehand; or NULL.
	 */
	const char *machine;
};

/* In the order of the parameter's choices. */
extern const struct memory_kind *const memory_kinds[];
#define MEMORY_KIND_NAMES "anon mlock shm tmpfs file pagetables dentries sockets pipes"

#endif
