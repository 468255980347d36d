/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A generator makes one kind of load. It describes itself in one const struct and does only what is specific to it: the
 * harness (loadgen/harness/harness.c) forks it, holds it at the start line, places it, stops it and reports on it.
 *
 * A generator's run() runs in a process of its own, the leader. It calls, in this order:
 *
 *	load_ready(l)			everything is forked and waits; returns when the timeline says go
 *	load_declare(l, r, d)		whenever the number of tasks that should count as R or D changes
 *	load_achieved(l, …)		once the achieved figure is known
 *	load_wait(l)			until the load is to stop
 *
 * and then releases everything it holds. The declaration is what the load-average model is checked against: it comes
 * from what the generator set up, never from the load average.
 */
#ifndef FUKA_LOADGEN_H
#define FUKA_LOADGEN_H

#include "lib/text/param.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct load; /* one running generator, as its own run() sees it */
struct load_common;

struct generator {
	const char *name;
	const char *about;
	const char *needs; /* privilege or device it needs, for `fuka list`; NULL: none */
	/* For `fuka list`: returns why the load cannot be demonstrated on this machine, or NULL. May be NULL. */
	const char *(*unproven)(void);
	const struct param *params;
	size_t values_size; /* of the struct that params' `at` refers to */
	bool profiled;      /* its target follows load_level() */
	/* Refuses contradictory values with a message in why; may be NULL. Runs on the host, before anything starts. */
	int (*check)(const void *values, char why[PARAM_WHY]);
	/* Sets bounds that the generator itself needs on its control group; may be NULL. */
	void (*bounds)(const void *values, struct load_common *common);
	/* The program that it starts, which the lab packs; may be NULL, and may return NULL. */
	const char *(*program)(const void *values);
	/* The Debian package whose files that program opens; may be NULL, and may return NULL. */
	const char *(*package)(const void *values);
	/*
	 * Kernel modules that it needs, NULL-terminated, which the lab packs and loads with their dependencies; may be
	 * NULL, and may return NULL.
	 */
	const char *const *(*modules)(const void *values);
	/*
	 * The maximum number of its tasks in R or D at once, for the size of the task walk's lane; may be NULL: none.
	 */
	long (*tasks)(const void *values);
	/* Whether these values need fuka.ko, which the lab then loads; may be NULL. */
	bool (*wants_module)(const void *values);
	/* Runs in the leader. Returns the exit status: FUKA_PASS, or FUKA_FAIL when it missed its target. */
	int (*run)(struct load *l, const void *values);
	/*
	 * Lab only: true if PID 1 itself shall generate this load, in which case in_pid1() does it. Both may be NULL.
	 */
	bool (*wants_pid1)(const void *values);
	void (*in_pid1)(const void *values);
};

extern const struct generator *const generators[]; /* NULL-terminated: loadgen/generators/list.h */
const struct generator *generator_find(const char *name);
/* Prints what it needs, why it is unproven here, and its parameters, for `fuka list` and --help. */
void generator_describe(FILE *out, const struct generator *g);
/* Prints the same, and the parameters that every generator has. */
void generator_describe_whole(FILE *out, const struct generator *g);
/* "cpu, dstate, memory" */
void generator_names(char *buf, size_t size);

/* The parameters that every generator has, handled by the harness: where its tasks run and within what bounds. */
struct load_common {
	int64_t nice, policy, priority, oom_score_adj;
	char *cpus;    /* "0-1,3" */
	char *profile; /* loadgen/harness/profile.h */
	/*
	 * Any of these makes a control group for the load (cgroup v2's names; mapped to v1's if there is an
	 * equivalent).
	 */
	int64_t memory_max, memory_high, pids_max; /* INT64_MIN: not given */
	double cpu_max;                            /* percent of one CPU; NaN: not given */
	bool memory_oom_group;
	char *io_max; /* "8:0 rbps=1048576 wiops=10" */
};
extern const struct param load_common_params[];
/* The parameter that only `profiled` generators have; also of struct load_common. */
extern const struct param load_profile_params[];

/* --- for generators --- */

/* Reports that the leader is set up, and waits at the start line. */
void load_ready(struct load *l);

/* Declares the number of tasks that now count as R and as D. */
void load_declare(struct load *l, long runnable, long blocked);

/*
 * Reports what was asked for and what was achieved, in `unit`; `ok` decides. Call it once settled, and again when more
 * is known.
 */
void load_achieved(struct load *l, double asked, double achieved, const char *unit, bool ok);

/*
 * Reports that this machine lacks something that the load needs, such as "/dev/kvm", and returns what run() must then
 * return. In a scenario that is a skip, not a failure. Do not use it for a missing privilege: that is a failure.
 */
int load_lacks(struct load *l, const char *what);

/* Reports any other event, such as "event=killed pid=12 signal=9". `line` is logfmt and begins with event=. */
void load_event(struct load *l, const char *line);

bool load_stopping(const struct load *l);

/* CLOCK_MONOTONIC at the start. */
uint64_t load_went_ns(const struct load *l);

/* The profile's level now, 0 to 1: the share of its target that a profiled generator should make. */
double load_level(const struct load *l);
double load_level_at(const struct load *l, int64_t since_went_ns);
bool load_is_profiled(const struct load *l); /* whether its level is not always 1 */

/* Sleeps until the load is to stop, or until until_ns (0: no limit; in the past: only checks for a request to stop). */
void load_wait(struct load *l, uint64_t until_ns);

/*
 * Registers what must be undone when the load is over, however it ends: what a load mounts, freezes, makes or suspends.
 * Call it before doing so, and name something that cannot belong to anything else: a path in load_directory(), or
 * load_name(). What tasks sleep on (frozen, suspended or slow) is undone before waiting for their end, all else when
 * all of the load's tasks are gone.
 */
enum load_undo {
	UNDO_MOUNT,      /* the mount on that directory, and the directory */
	UNDO_FREEZE,     /* of the file system mounted there */
	UNDO_DM_CREATE,  /* loadgen/parts/dm.h, by the name */
	UNDO_DM_SUSPEND, /* … */
	UNDO_SLOWDISK,   /* the requests that it holds: loadgen/parts/slowdisk.h */
};
int load_undo(struct load *l, enum load_undo how, const char *what);

/* Writes a name that is unique on this machine, "fuka.dstate.123.aB3dEf". */
void load_name(const struct load *l, char *name, size_t size);

/* Makes a mount point where only this user can write, and registers UNDO_MOUNT for it. -errno with a message. */
int load_directory(struct load *l, char *path, size_t size);

/*
 * Forks n workers that run fn(arg, index) after load_ready(). Each dies with the leader. Returns 0, or -errno with a
 * message that says how many there were. load_workers_end() kills and reaps them.
 */
int load_workers(struct load *l, long n, void (*fn)(const void *arg, long index), const void *arg);
void load_workers_end(struct load *l);

/* The number of live workers; those that were killed by a signal are reported as events. */
long load_workers_alive(struct load *l);

/* A worker's process, or 0 when it has ended. */
pid_t load_worker_pid(const struct load *l, long index);

/* CPU time that a worker has used, in ns, by its CPU clock; 0 when it has ended. */
double load_worker_cpu_ns(const struct load *l, long index);

/* The load's own control group as a directory ("/sys/fs/cgroup/fuka.cpu.123"), or NULL when it has none. */
const char *load_group_dir(const struct load *l);

/* --- for the code that starts generators: the guest's timeline and `fuka load` --- */

/* Common parameters and the generator's own, found by name. `values` and `common` are the owners' structs. */
struct load_spec {
	const struct generator *generator;
	void *values;
	struct load_common common;
};

int load_spec_init(struct load_spec *s, const struct generator *g);
int load_spec_set(struct load_spec *s, const char *name, const char *text, char why[PARAM_WHY]);
/* 0, or -EINVAL with why: a required parameter is missing, or values contradict each other. */
int load_spec_check(const struct load_spec *s, char why[PARAM_WHY]);
/*
 * Parses a command line: options of the command's own table; everything else are parameters of the load, which it then
 * checks. -EINVAL with a message.
 */
int load_spec_options(const char *command, const struct param *table, void *values, int argc, char **argv,
		      struct load_spec *s);
void load_spec_free(struct load_spec *s);

struct load_handle {
	pid_t pid;       /* the guard (loadgen/harness/harness.c); 0: not running */
	int report_fd;   /* for load_reports(); -1: end of reports */
	int go_fd;       /* one byte starts the load */
	char said[1024]; /* the beginning of an incomplete line */
	size_t said_n;
};

/* Forks the leader, which forks its workers and waits. 0 or -errno, with a message. */
int load_prepare(const struct load_spec *s, struct load_handle *h);
/* Starts it. */
int load_go(struct load_handle *h);
/*
 * Calls each() with every line reported since the last call: logfmt, "ns=… event=declare runnable=8 blocked=0". Does
 * not block; an incomplete line comes with the next call.
 */
void load_reports(struct load_handle *h, void (*each)(const char *line, void *user), void *user);
/* Requests it to stop (SIGTERM to the guard). The caller must reap h->pid. */
void load_stop(struct load_handle *h);

#endif
