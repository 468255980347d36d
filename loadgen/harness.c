// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The harness: forks a generator's leader and its workers, holds them at the start line, places them (nice,
 * oom_score_adj), carries their reports to whoever started them, and ends them. Written once for all generators.
 *
 * Nothing outlives its starter: workers die with their leader (PR_SET_PDEATHSIG), the leader with its parent.
 */
#include "loadgen/loadgen.h"
#include "lib/logfmt.h"
#include "lib/say.h"
#include "lib/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define GENERATOR(name) extern const struct generator loadgen_##name;
#include "loadgen/list.h"
#undef GENERATOR

const struct generator *const generators[] = {
#define GENERATOR(name) &loadgen_##name,
#include "loadgen/list.h"
#undef GENERATOR
	NULL,
};

struct load {
	int go_fd;     /* the leader waits here for its one byte */
	int report_fd; /* and speaks here */
	int signal_fd; /* SIGTERM: stop; SIGCHLD: a worker ended */
	int start[2];  /* workers wait for the end of this pipe */
	bool stopping;
	uint64_t went_ns;
	pid_t *worker;
	long workers;
};

const struct param load_common_params[] = {
	{"nice", PARAM_INT, "0", -20, 19, NULL, "nice value of the load's tasks", offsetof(struct load_common, nice)},
	{"oom_score_adj", PARAM_INT, "0", -1000, 1000, NULL, "the OOM killer's adjustment; -1000: never killed",
	 offsetof(struct load_common, oom_score_adj)},
	{0},
};

const struct generator *generator_find(const char *name)
{
	for (size_t i = 0; generators[i]; i++)
		if (!strcmp(generators[i]->name, name))
			return generators[i];
	return NULL;
}

void generator_names(char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; generators[i] && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s", i ? ", " : "", generators[i]->name);
}

int load_spec_init(struct load_spec *s, const struct generator *g)
{
	void *values = calloc(1, g->values_size);

	if (!values)
		return -ENOMEM;
	*s = (struct load_spec){.generator = g, .values = values};
	param_defaults(g->params, values);
	param_defaults(load_common_params, &s->common);
	return 0;
}

int load_spec_set(struct load_spec *s, const char *name, const char *text, char why[PARAM_WHY])
{
	if (param_find(load_common_params, name))
		return param_set(load_common_params, &s->common, name, text, why);
	int r = param_set(s->generator->params, s->values, name, text, why);

	if (r == -ENOENT) {
		size_t n = strlen(why);

		snprintf(why + n, PARAM_WHY - n, ", ");
		n = strlen(why);
		param_names(load_common_params, why + n, PARAM_WHY - n);
	}
	return r;
}

int load_spec_check(const struct load_spec *s, char why[PARAM_WHY])
{
	const char *missing = param_missing(s->generator->params, s->values);

	if (missing) {
		snprintf(why, PARAM_WHY, "'%s' needs the parameter '%s'", s->generator->name, missing);
		return -EINVAL;
	}
	return s->generator->check ? s->generator->check(s->values, why) : 0;
}

void load_spec_free(struct load_spec *s)
{
	if (s->generator)
		param_free(s->generator->params, s->values);
	free(s->values);
	*s = (struct load_spec){0};
}

/* --- the leader's side --- */

static void report(struct load *l, const char *line)
{
	char whole[512];
	int n = snprintf(whole, sizeof(whole), "ns=%llu %s\n", (unsigned long long)sys_now_ns(), line);

	if (write(l->report_fd, whole, n) < 0)
		return; /* whoever started us is gone, and we are about to be */
}

void load_declare(struct load *l, long runnable, long blocked)
{
	char line[128];

	snprintf(line, sizeof(line), "event=declare runnable=%ld blocked=%ld", runnable, blocked);
	report(l, line);
}

void load_achieved(struct load *l, double asked, double achieved, const char *unit, bool ok)
{
	char line[192];

	snprintf(line, sizeof(line), "event=achieved asked=%.15g achieved=%.15g unit=%s settle_ns=%llu ok=%s", asked,
		 achieved, unit, (unsigned long long)(sys_now_ns() - l->went_ns), ok ? "yes" : "no");
	report(l, line);
}

bool load_stopping(const struct load *l)
{
	return l->stopping;
}

static void take_signals(struct load *l)
{
	struct signalfd_siginfo s;

	while (read(l->signal_fd, &s, sizeof(s)) == sizeof(s))
		if (s.ssi_signo != SIGCHLD)
			l->stopping = true;
}

void load_wait(struct load *l, uint64_t until_ns)
{
	take_signals(l);
	while (!l->stopping) {
		uint64_t now = sys_now_ns();
		int timeout_ms = -1;

		if (until_ns && now >= until_ns)
			return;
		if (until_ns)
			timeout_ms = (until_ns - now) / 1000000 + 1;
		struct pollfd p = {.fd = l->signal_fd, .events = POLLIN};

		if (poll(&p, 1, timeout_ms) > 0)
			take_signals(l);
	}
}

void load_ready(struct load *l)
{
	char byte;

	report(l, "event=ready");
	if (read(l->go_fd, &byte, 1) != 1)
		_exit(FUKA_FAIL); /* whoever should have said go is gone */
	l->went_ns = sys_now_ns();
	close(l->start[1]); /* the end of the pipe: all workers start together */
	l->start[1] = -1;
}

static void worker_main(struct load *l, void (*fn)(const void *, long), const void *arg, long index)
{
	char byte;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(l->start[1]);
	while (read(l->start[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	fn(arg, index);
	_exit(0);
}

int load_workers(struct load *l, long n, void (*fn)(const void *, long), const void *arg)
{
	l->worker = calloc(n, sizeof(*l->worker));
	if (!l->worker)
		return say_err(-ENOMEM, "no memory to keep %ld workers", n);
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0)
			worker_main(l, fn, arg, i);
		if (pid < 0)
			return say_err(-errno, "worker %ld of %ld could not be forked: %s; raise pids.max, threads-max "
					       "or memory, or ask for fewer", i + 1, n, strerror(errno));
		l->worker[l->workers++] = pid;
	}
	return 0;
}

long load_workers_alive(struct load *l)
{
	long alive = 0;

	for (long i = 0; i < l->workers; i++) {
		if (l->worker[i] && waitpid(l->worker[i], NULL, WNOHANG) == l->worker[i])
			l->worker[i] = 0;
		alive += l->worker[i] != 0;
	}
	return alive;
}

void load_workers_end(struct load *l)
{
	for (long i = 0; i < l->workers; i++)
		if (l->worker[i])
			kill(l->worker[i], SIGKILL);
	for (long i = 0; i < l->workers; i++)
		if (l->worker[i])
			waitpid(l->worker[i], NULL, 0);
	free(l->worker);
	l->worker = NULL;
	l->workers = 0;
}

static int place(const struct load_common *common)
{
	char text[16];

	if (common->nice && setpriority(PRIO_PROCESS, 0, common->nice))
		return say_err(-errno, "nice %lld: %s; lowering it needs CAP_SYS_NICE", (long long)common->nice,
			       strerror(errno));
	snprintf(text, sizeof(text), "%lld", (long long)common->oom_score_adj);
	int r = sys_write_knob("/proc/self/oom_score_adj", text);

	if (r)
		return say_err(r, "oom_score_adj %s: %s; lowering it needs CAP_SYS_RESOURCE", text, strerror(-r));
	return 0;
}

static void leader_main(const struct load_spec *s, struct load *l)
{
	sigset_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, s->generator->name);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signal_fd < 0 || pipe2(l->start, O_CLOEXEC))
		say_die(FUKA_FAIL, "%s: signalfd or pipe: %s", s->generator->name, strerror(errno));
	if (place(&s->common))
		_exit(FUKA_FAIL);
	_exit(s->generator->run(l, s->values));
}

/* --- the starter's side --- */

int load_prepare(const struct load_spec *s, struct load_handle *h)
{
	int go[2], rep[2];

	if (pipe2(go, O_CLOEXEC))
		return say_err(-errno, "%s: no pipe: %s", s->generator->name, strerror(errno));
	if (pipe2(rep, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return say_err(-errno, "%s: no pipe: %s", s->generator->name, strerror(errno));
	}
	pid_t pid = fork();

	if (pid == 0) {
		struct load l = {.go_fd = go[0], .report_fd = rep[1], .start = {-1, -1}};

		close(go[1]);
		close(rep[0]);
		leader_main(s, &l);
	}
	close(go[0]);
	close(rep[1]);
	if (pid < 0) {
		close(go[1]);
		close(rep[0]);
		return say_err(-errno, "%s could not be forked: %s", s->generator->name, strerror(errno));
	}
	fcntl(rep[0], F_SETFL, O_NONBLOCK);
	*h = (struct load_handle){.pid = pid, .report_fd = rep[0], .go_fd = go[1]};
	return 0;
}

int load_go(struct load_handle *h)
{
	int r = write(h->go_fd, "g", 1) == 1 ? 0 : -errno;

	close(h->go_fd);
	h->go_fd = -1;
	return r;
}

void load_stop(struct load_handle *h)
{
	if (h->pid > 0)
		kill(h->pid, SIGTERM);
}
