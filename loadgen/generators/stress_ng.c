// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stress-ng: runs one of its stressors by name, with a number of workers, until it is stopped.
 *
 * The load is on target if that number of workers lives, as the kernel lists stress-ng's children, and stress-ng exits
 * with 0 after at least one operation. Its exit status alone is not enough: it is 0 as well when a stressor was skipped
 * because this machine lacks something. Its --metrics become an event, as it wrote them:
 *
 *	metrics:
 *	    - stressor: vm
 *	      bogo-ops: 1024
 *	      bogo-ops-per-second-real-time: 996.034222
 *
 * Needs the program, which the lab packs (some 15 MiB with its libraries), and what the stressor needs. It declares
 * nothing to the load model, because the number of runnable tasks of an arbitrary stressor is unknown.
 */
#include "lib/base/spawn.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/text/yaml.h"
#include "loadgen/harness/loadgen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM     "stress-ng"
#define ASK_NS      (20 * SYS_NS)
#define LOOK_NS     (SYS_NS / 20)
#define SETTLE_NS   (10 * SYS_NS)
#define PATIENCE_NS (10 * SYS_NS) /* between SIGINT and SIGKILL */
#define WORDS_MAX   64
#define SAID_LINES  12

struct stress_ng_values {
	char *stressor, *options;
	int64_t workers;
};

static const struct param params[] = {
	{"stressor", PARAM_TEXT, NULL, 0, 0, NULL, "its name, as in `stress-ng --stressors`; required",
	 offsetof(struct stress_ng_values, stressor)},
	{"workers", PARAM_INT, "1", 1, 4096, NULL, "number of its processes",
	 offsetof(struct stress_ng_values, workers)},
	{"options", PARAM_TEXT, NULL, 0, 0, NULL, "further options of stress-ng, such as '--vm-bytes 64M'",
	 offsetof(struct stress_ng_values, options)},
	{0},
};

struct stress_ng_program {
	const struct stress_ng_values *v;
	pid_t pid; /* 0: it has ended */
	int status;
	int metrics_fd, said_fd; /* memory files: its metrics and its output */
};

static int say_missing(int err)
{
	return say_err(err, "stress-ng: %s",
		       err == -ENOENT ? "it is not installed on this machine; apt-get install stress-ng"
				      : strerror(-err));
}

/*
 * Checks that the program and the stressor exist, by asking stress-ng itself, because the list depends on its version.
 */
static int check(const void *values, char why[PARAM_WHY])
{
	static char *const ask[] = {PROGRAM, "--stressors", NULL};
	const struct stress_ng_values *v = values;
	_cleanup_(sys_freep) char *names = NULL;
	char *rest;
	int status, r;

	if (!v->stressor || !*v->stressor) {
		snprintf(why, PARAM_WHY,
			 "stress-ng: needs the parameter 'stressor', such as vm; `stress-ng --stressors` lists them");
		return -EINVAL;
	}
	r = spawn_output(ask, ASK_NS, &names, &status);
	if (r) {
		snprintf(why, PARAM_WHY, "stress-ng: %s",
			 r == -ENOENT ? "it is not installed on this machine; apt-get install stress-ng"
				      : strerror(-r));
		return r;
	}
	for (char *name = strtok_r(names, " \n", &rest); name; name = strtok_r(NULL, " \n", &rest))
		if (!strcmp(name, v->stressor))
			return 0;
	snprintf(
		why, PARAM_WHY,
		"stress-ng.stressor: this machine's stress-ng has no stressor '%s'; `stress-ng --stressors` lists them",
		v->stressor);
	return -EINVAL;
}

/* Runs in the child and becomes stress-ng. */
_Noreturn static void become(const struct stress_ng_program *s, pid_t leader)
{
	_cleanup_(sys_freep) char *stressor = sys_format("--%s", s->v->stressor);
	_cleanup_(sys_freep) char *workers = sys_format("%lld", (long long)s->v->workers);
	_cleanup_(sys_freep) char *metrics = sys_format("/proc/self/fd/%d", s->metrics_fd);
	char *argv[WORDS_MAX + 1] = {PROGRAM,     stressor, workers, "--timeout",   "0",
				     "--metrics", "--yaml", metrics, "--temp-path", "/tmp"};
	int n = 10;
	char *rest, *word = s->v->options ? strtok_r(s->v->options, " ", &rest) : NULL;
	sigset_t none;

	for (; word && n < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
		argv[n++] = word;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != leader)
		_exit(FUKA_FAIL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(s->said_fd, STDOUT_FILENO);
	dup2(s->said_fd, STDERR_FILENO);
	execvp(PROGRAM, argv);
	say_missing(-errno);
	_exit(127);
}

static int start(struct stress_ng_program *s)
{
	pid_t leader = getpid();

	s->metrics_fd = memfd_create("stress-ng.metrics", 0);
	s->said_fd = memfd_create("stress-ng.said", 0);
	s->pid = s->metrics_fd < 0 || s->said_fd < 0 ? -1 : fork();
	if (s->pid == 0)
		become(s, leader);
	return s->pid < 0 ? say_err(-errno, "stress-ng: it could not be forked: %s", strerror(errno)) : 0;
}

static bool is_alive(struct stress_ng_program *s)
{
	if (s->pid && waitpid(s->pid, &s->status, WNOHANG) == s->pid)
		s->pid = 0;
	return s->pid;
}

/* Counts its children as the kernel lists them; each is a worker. */
static long count_workers(const struct stress_ng_program *s)
{
	_cleanup_(sys_freep) char *path = sys_format("/proc/%d/task/%d/children", s->pid, s->pid);
	_cleanup_(sys_freep) char *pids = NULL;
	long n = 0;

	if (!s->pid || sys_read_file(path, &pids, NULL))
		return 0;
	for (const char *p = pids; (p = strchr(p, ' ')); p++)
		n++;
	return n;
}

/* The content of a memory file, NUL-terminated, or NULL. */
static char *content(int fd, size_t *n)
{
	_cleanup_(sys_freep) char *path = sys_format("/proc/self/fd/%d", fd);
	char *text = NULL;

	return sys_read_file(path, &text, n) ? NULL : text;
}

/*
 * Reports an event per stressor with its figures. Returns whether there are any, and at least one operation was done.
 */
static bool say_metrics(struct load *l, const struct stress_ng_program *s)
{
	size_t n = 0;
	_cleanup_(sys_freep) char *text = content(s->metrics_fd, &n);
	struct yaml *y = NULL;
	bool worked = false;

	if (!text || !n || yaml_parse("stress-ng's --yaml", text, n, &y))
		return false;
	const struct yaml *list = y->kind == YAML_MAP ? yaml_get(y, "metrics") : NULL;

	for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
		const struct yaml *one = list->item[i];
		char line[480];
		size_t at = 0;
		long long ops = 0;

		logfmt_add(line, sizeof(line), &at, "event", "metrics");
		for (size_t k = 0; one->kind == YAML_MAP && k < one->count; k++)
			if (one->item[k]->kind == YAML_TEXT)
				logfmt_add(line, sizeof(line), &at, one->key[k]->text, one->item[k]->text);
		load_event(l, line);
		worked = logfmt_get_int(line, at, "bogo-ops", &ops) && ops > 0;
	}
	yaml_release(y);
	return worked;
}

/* Reports how it ended, and its output if that was not well. */
static void say_end(struct load *l, const struct stress_ng_program *s, bool ok)
{
	_cleanup_(sys_freep) char *text = ok ? NULL : content(s->said_fd, NULL);
	char line[96], *rest;
	int lines = 0;

	snprintf(line, sizeof(line), "event=finished program=" PROGRAM " status=\"%s %d\"",
		 WIFSIGNALED(s->status) ? "signal" : "exit",
		 WIFSIGNALED(s->status) ? WTERMSIG(s->status) : WEXITSTATUS(s->status));
	load_event(l, line);
	for (char *w = text ? strtok_r(text, "\n", &rest) : NULL; w && lines++ < SAID_LINES;
	     w = strtok_r(NULL, "\n", &rest))
		say("%s", w);
}

/* Waits until all workers run, stress-ng has ended, or SETTLE_NS are over. Returns the number of workers. */
static long settle(struct load *l, struct stress_ng_program *s)
{
	uint64_t until_ns = load_went_ns(l) + SETTLE_NS;
	long workers = 0;

	while (is_alive(s) && !load_stopping(l) && sys_now_ns() < until_ns &&
	       (workers = count_workers(s)) < s->v->workers)
		load_wait(l, sys_now_ns() + LOOK_NS);
	return workers;
}

static void end(struct stress_ng_program *s)
{
	uint64_t until_ns = sys_now_ns() + PATIENCE_NS;

	if (is_alive(s))
		kill(s->pid, SIGINT); /* it ends its workers and writes its metrics */
	if (s->pid)
		sys_wait(s->pid, &s->status, until_ns);
	s->pid = 0;
}

static int run(struct load *l, const void *values)
{
	struct stress_ng_program s = {.v = values};

	load_ready(l);
	if (start(&s))
		return FUKA_FAIL;
	long workers = settle(l, &s);

	if (is_alive(&s) && !load_stopping(l))
		load_achieved(l, s.v->workers, workers, "workers", workers == s.v->workers);
	while (!load_stopping(l) && is_alive(&s))
		load_wait(l, sys_now_ns() + LOOK_NS);
	end(&s);
	bool ok = workers == s.v->workers && WIFEXITED(s.status) && !WEXITSTATUS(s.status);

	ok = say_metrics(l, &s) && ok;
	say_end(l, &s, ok);
	load_achieved(l, s.v->workers, ok ? workers : 0, "workers", ok);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static const char *program(const void *values)
{
	(void)values;
	return PROGRAM;
}

static long tasks(const void *values)
{
	return ((const struct stress_ng_values *)values)->workers;
}

const struct generator loadgen_stress_ng = {
	.name = PROGRAM,
	.about = "runs a stressor of stress-ng by name; its metrics become events",
	.needs = "the program stress-ng, and what the stressor needs",
	.params = params,
	.values_size = sizeof(struct stress_ng_values),
	.tasks = tasks,
	.check = check,
	.program = program,
	.run = run,
};
