// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runaway: an interpreter in an endless loop, like a script that has gone wrong, for which `fuka peek` was made. The
 * loop is in a function called loop, called by one called run. A stack of the process shows only the interpreter's own
 * frames.
 *
 * The load is on target if each process has become the interpreter (by /proc/PID/exe) and ran or waited for a CPU all
 * the time, by its schedstat: whatever else runs on the machine, a loop never sleeps.
 */
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/harness/loadgen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETTLE_NS   (SYS_NS / 2)
#define MEASURED_NS (2 * SYS_NS)
#define SHARE_LEAST 0.8 /* of the time each must have run or waited: a wait is counted only when it is over */

#define INTERPRETERS(X) X(PERL, "perl") X(PYTHON, "python3") X(SHELL, "sh")
enum interpreter {
	INTERPRETERS(PARAM_ID)
};

struct runaway_values {
	int64_t interpreter, tasks;
};

static const struct param params[] = {
	{"interpreter", PARAM_CHOICE, "perl", 0, 0, PARAM_WORDS(INTERPRETERS), "what runs away",
	 offsetof(struct runaway_values, interpreter)},
	{"tasks", PARAM_INT, "1", 1, 1000, NULL, "number of processes", offsetof(struct runaway_values, tasks)},
	{0},
};

/* Debian's own paths: the first one in PATH may be a wrapper script that looks for others. */
static const struct {
	const char *path, *package, *argv[5];
} interpreters[] = {
	[PERL] = {"/usr/bin/perl", "perl-base", {"perl", "-e", "sub loop { 1 while 1 } sub run { loop() } run()"}},
	[PYTHON] = {"/usr/bin/python3",
		    "python3-minimal",
		    {"python3", "-IS", "-c", "def loop():\n while True: pass\ndef run(): loop()\nrun()"}},
	[SHELL] = {"/bin/sh", "dash", {"sh", "-c", "loop() { while :; do :; done; }; run() { loop; }; run"}},
};

static void worker(const void *arg, long index)
{
	const struct runaway_values *v = arg;

	(void)index;
	execv(interpreters[v->interpreter].path, (char *const *)interpreters[v->interpreter].argv);
	say("runaway: %s cannot be started: %s; it is in Debian's package %s", interpreters[v->interpreter].path,
	    strerror(errno), interpreters[v->interpreter].package);
	_exit(127);
}

/* Whether a worker has become the interpreter, by its /proc/PID/exe. */
static bool has_become(const struct load *l, long index, const char *program)
{
	char link[32], exe[PATH_MAX], want[PATH_MAX];

	snprintf(link, sizeof(link), "/proc/%d/exe", load_worker_pid(l, index));
	return load_worker_pid(l, index) && realpath(link, exe) && realpath(program, want) && !strcmp(exe, want);
}

struct runaway_time {
	uint64_t ran_ns, waited_ns;
};

static void look(const struct load *l, long n, struct runaway_time *s)
{
	for (long i = 0; i < n; i++)
		if (!load_worker_pid(l, i) || sys_schedstat(load_worker_pid(l, i), &s[i].ran_ns, &s[i].waited_ns))
			s[i] = (struct runaway_time){0};
}

static long count_running(const struct load *l, const struct runaway_values *v, const struct runaway_time *from,
			  double wall_ns)
{
	struct runaway_time to[v->tasks];
	long n = 0;

	look(l, v->tasks, to);
	for (long i = 0; i < v->tasks; i++)
		n += has_become(l, i, interpreters[v->interpreter].path) && to[i].ran_ns > from[i].ran_ns &&
		     to[i].ran_ns + to[i].waited_ns - from[i].ran_ns - from[i].waited_ns >= SHARE_LEAST * wall_ns;
	return n;
}

/* Reports the result once settled, and again at the end. */
static bool measure(struct load *l, const struct runaway_values *v)
{
	struct runaway_time from[v->tasks];
	bool ok = false;

	load_wait(l, load_went_ns(l) + SETTLE_NS);
	uint64_t start_ns = sys_now_ns();

	look(l, v->tasks, from);
	for (int round = 0; round == 0 || (round == 1 && !load_stopping(l)); round++) {
		load_wait(l, round ? 0 : load_went_ns(l) + MEASURED_NS);
		load_workers_alive(l);
		long running = count_running(l, v, from, sys_now_ns() - start_ns);

		ok = running == v->tasks;
		load_achieved(l, v->tasks, running, "tasks", ok);
	}
	return ok;
}

static int run(struct load *l, const void *values)
{
	const struct runaway_values *v = values;

	if (load_workers(l, v->tasks, worker, v))
		return FUKA_FAIL;
	load_ready(l);
	load_declare(l, v->tasks, 0);
	bool ok = measure(l, v);

	load_workers_end(l);
	load_declare(l, 0, 0);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static const char *program(const void *values)
{
	return interpreters[((const struct runaway_values *)values)->interpreter].path;
}

/* Python opens files of its library at startup, from a package such as "libpython3.11-minimal". */
static const char *package(const void *values)
{
	static char name[64];
	char target[PATH_MAX], *word;

	if (((const struct runaway_values *)values)->interpreter != PYTHON ||
	    !realpath(interpreters[PYTHON].path, target))
		return NULL;
	word = strrchr(target, '/') + 1;
	snprintf(name, sizeof(name), "lib%.40s-minimal", word);
	return name;
}

static long tasks(const void *values)
{
	return ((const struct runaway_values *)values)->tasks;
}

const struct generator loadgen_runaway = {
	.name = "runaway",
	.about = "an interpreter in an endless loop: what `fuka peek` looks into",
	.params = params,
	.values_size = sizeof(struct runaway_values),
	.tasks = tasks,
	.program = program,
	.package = package,
	.run = run,
};
