/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A generator makes one kind of load. It describes itself in one const struct and does only what is its own: the
 * harness (loadgen/harness.c) forks it, holds it at the start line, places it, stops it and reports on it.
 *
 * A generator's run() lives in a process of its own, the leader. It calls, in this order:
 *
 *	load_ready(l)			everything is forked and waits; returns when the timeline says go
 *	load_declare(l, r, d)		whenever the number of tasks changes that should count as R and as D
 *	load_achieved(l, …)		once it knows what it got against what was asked
 *	load_wait(l)			until it is told to stop
 *
 * and then releases everything it holds. The declaration is what the load-average model is checked against: it comes
 * from what the generator set up, never from the load average.
 */
#ifndef FUKA_LOADGEN_H
#define FUKA_LOADGEN_H

#include "lib/param.h"

#include <stdbool.h>
#include <sys/types.h>

struct load; /* one running generator, as its own run() sees it */

struct generator {
	const char *name;
	const char *about;
	const struct param *params;
	size_t values_size; /* of the struct that params' `at` refers to */
	/* Refuses contradictory values with a message in why; may be NULL. Runs on the host, before anything starts. */
	int (*check)(const void *values, char why[PARAM_WHY]);
	/* Runs in the leader. Returns the exit status: FUKA_PASS, or FUKA_FAIL when it missed its target. */
	int (*run)(struct load *l, const void *values);
};

extern const struct generator *const generators[]; /* NULL-terminated: loadgen/list.h */
const struct generator *generator_find(const char *name);
/* "cpu, dstate, memory" */
void generator_names(char *buf, size_t size);

/* Parameters that every generator has, from the harness. */
struct load_common {
	int64_t nice;
	int64_t oom_score_adj;
};
extern const struct param load_common_params[];

/* --- for generators --- */

void load_ready(struct load *l);
void load_declare(struct load *l, long runnable, long blocked);
/* What was asked for and what was got, in unit; `ok` decides. */
void load_achieved(struct load *l, double asked, double achieved, const char *unit, bool ok);
bool load_stopping(const struct load *l);
/* Sleeps until told to stop, or until at_ns (0: no limit). Reaps children that end meanwhile. */
void load_wait(struct load *l, uint64_t until_ns);

/*
 * Forks n workers that run fn(arg, index) after load_ready(). Each dies with the leader. Returns 0, or -errno with a
 * message that says how many there were. load_workers_end() kills and reaps them.
 */
int load_workers(struct load *l, long n, void (*fn)(const void *arg, long index), const void *arg);
void load_workers_end(struct load *l);
/* Workers that still live. */
long load_workers_alive(struct load *l);

/* --- for whoever starts generators: the guest's timeline and `fuka load` --- */

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
void load_spec_free(struct load_spec *s);

struct load_handle {
	pid_t pid;	 /* the leader; 0: not running */
	int report_fd;	 /* logfmt lines: "ns=… event=declare runnable=8 blocked=0\n" */
	int go_fd;	 /* one byte starts it */
};

/* Forks the leader, which forks its workers and waits. 0 or -errno, with a message. */
int load_prepare(const struct load_spec *s, struct load_handle *h);
/* Starts it. */
int load_go(struct load_handle *h);
/* Asks it to stop (SIGTERM to the leader). Reaping is the caller's: its waitpid sees h->pid. */
void load_stop(struct load_handle *h);

#endif
