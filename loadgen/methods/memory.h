/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of memory a load can take. A filler runs in the worker and takes memory in steps; the leader reads from the
 * kernel how much was really taken.
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
	char *base;      /* private to the filler: mapping, descriptor … */
	int fd, id;
	long count;
};

#define MEMORY_ENDLESS (1ll << 40)

struct memory_kind {
	int64_t step;  /* bytes taken at a time: a multiple of the page size */
	bool in_dir;   /* a file in memory_task's dir */
	bool outlives; /* it can be left behind when the process ends */
	bool huge;     /* transparent huge pages can be asked for */
	/* Takes the next `step` bytes at offset `done`. -errno. */
	int (*take)(struct memory_task *t, int64_t done, int64_t step);
	/* Prepares the worker; may be NULL. -errno with a message. */
	int (*open)(struct memory_task *t);
	/* Touches all that is held again; NULL: cannot be touched. */
	void (*touch)(const struct memory_task *t, int64_t done);
	/*
	 * Bytes of this kind that the worker holds now, by the kernel's counter; NULL: there is no counter per process.
	 */
	int64_t (*held)(pid_t pid);
	/* The /proc/meminfo field that measures this kind, if its size in the kernel cannot be computed; else NULL. */
	const char *machine;
};

/* The kinds, by the parameter's words; memory_kinds[] has kind_ID in the same order. */
#define MEMORY_KINDS(X)                                                                                                \
	X(anon, "anon")                                                                                                \
	X(mlock, "mlock")                                                                                              \
	X(shm, "shm")                                                                                                  \
	X(tmpfs, "tmpfs")                                                                                              \
	X(file, "file")                                                                                                \
	X(pagetables, "pagetables")                                                                                    \
	X(dentries, "dentries")                                                                                        \
	X(sockets, "sockets")                                                                                          \
	X(pipes, "pipes")

extern const struct memory_kind *const memory_kinds[];

#endif
