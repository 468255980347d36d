/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways into D that need something to sleep on: loadgen/methods/dstate_freeze.c, dstate_fuse.c, dstate_dm.c. The
 * caller is loadgen/generators/dstate.c, which itself has the way that needs nothing.
 */
#ifndef FUKA_DSTATE_H
#define FUKA_DSTATE_H

#include "loadgen/harness/loadgen.h"

/* What a way keeps between its steps. */
struct stall {
	char name[64];  /* load_name(): of a device */
	char path[128]; /* what the tasks touch */
	bool killable;  /* dm, disk: wait killably */
	int fd;         /* held by the leader; fuse: the connection */
};

struct stall_way {
	const char *name;
	const char *const *modules; /* that it needs, NULL-terminated */
	int iowait, killable;       /* of its tasks: 1 yes, 0 no, -1 as the parameter says */
	long extra;                 /* additional tasks, which do not sleep in D, that the way needs */
	/*
	 * In the leader, before it forks: makes what tasks will sleep on. -errno with a message, or load_lacks() if the
	 * machine lacks what is needed.
	 */
	int (*open)(struct load *l, struct stall *s);
	/* In a task: sleeps until it is released. */
	void (*sleep)(const struct stall *s);
	/* In the leader: wakes the tasks. */
	void (*release)(struct stall *s);
};

/*
 * via: kthread. kthreads_start() arms the module's d-tasks and returns the descriptor whose closing ends them, -errno
 * with a message, or -ENODEV without one if the module is not loaded. kthreads_find() finds their pids by their names
 * in /proc, at most `most`, and returns how many.
 */
int kthreads_start(long tasks, unsigned *slot);
long kthreads_find(unsigned slot, pid_t *pid, long most);

extern const struct stall_way stall_freeze, stall_fuse, stall_dm, stall_disk;

/* Undo a mount and a freeze; they return 0 also if there is nothing to undo, not even the directory. */
int stall_unmount(const char *path);
int stall_thaw(const char *path);

#endif
