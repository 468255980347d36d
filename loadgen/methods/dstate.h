/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways into D that need something to sleep on: loadgen/methods/dstate_freeze.c, dstate_fuse.c, dstate_dm.c.
 * loadgen/generators/dstate.c, which has the way that needs nothing, calls them.
 */
#ifndef FUKA_DSTATE_H
#define FUKA_DSTATE_H

#include "loadgen/harness/loadgen.h"

/* What a way keeps between its steps. */
struct stall {
	char name[64];  /* load_name(): of a device */
	char path[128]; /* what the tasks touch */
	bool killable;  /* dm, disk: wait so that SIGKILL ends it */
	int fd;         /* what the leader holds; fuse: the connection */
};

struct stall_way {
	const char *name;
	const char *const *modules; /* that it needs, ending with NULL */
	int iowait, killable;       /* what its tasks are: 1 yes, 0 no, -1 as the parameter says */
	long extra;                 /* tasks that do not come to sleep in D, for what the others sleep on */
	/* In the leader, before it forks: makes what tasks will sleep on. -errno with a message, or load_lacks()
	 * when the machine does not have what it takes. */
	int (*open)(struct load *l, struct stall *s);
	/* In a task: sleeps until it is released. */
	void (*sleep)(const struct stall *s);
	/* In the leader: lets them go. */
	void (*release)(struct stall *s);
};

/*
 * via kthread: arms the module's d-tasks. The descriptor that holds them, whose closing ends them; -errno, said, or
 * -ENODEV when the module is not loaded here. Then their pids as /proc has them, found by their name; how many.
 */
int kthreads_start(long tasks, unsigned *slot);
long kthreads_find(unsigned slot, pid_t *pid, long most);

extern const struct stall_way stall_freeze, stall_fuse, stall_dm, stall_disk;

/* What undoes a mount and a freeze: 0 also when there is nothing, not even the directory. */
int stall_unmount(const char *path);
int stall_thaw(const char *path);

#endif
