// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuka load runs one generator on this machine and reports what was asked, what was achieved and how long it took to
 * settle.
 */
#include "lib/base/command.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"
#include "lib/text/options.h"
#include "lib/base/sys.h"
#include "loadgen/harness/ledger.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

struct load_options {
	int64_t length;
};

static const struct param params[] = {
	{"for", PARAM_TIME, "", 1e6, 31536000e9, NULL, "stop after this time; default: on Ctrl-C",
	 offsetof(struct load_options, length), 'f'},
	{0},
};

/* argv[0] is the generator. */
static int parse(int argc, char **argv, struct load_spec *s, struct load_options *options)
{
	if (load_spec_options("load", params, options, argc, argv, s))
		return -EINVAL;
	if (s->generator->wants_pid1 && s->generator->wants_pid1(s->values))
		return say_err(-EINVAL, "load: pid1 is for the lab's guest, where PID 1 is fuka; use it in a scenario");
	return 0;
}

/* "event=killed pid=12 signal=9", or "event=killed tasks=3 signal=9" for several tasks. */
static void print_killed(const char *line, size_t n)
{
	long long pid = 0, tasks = 1, sig = SIGKILL;

	logfmt_get_int(line, n, "signal", &sig);
	if (logfmt_get_int(line, n, "tasks", &tasks))
		printf("%lld tasks were killed by signal %lld\n", tasks, sig);
	else if (logfmt_get_int(line, n, "pid", &pid))
		printf("task %lld was killed by signal %lld\n", pid, sig);
}

/* Prints for people: "ns=… event=achieved asked=8 achieved=8 unit=tasks settle_ns=…". */
static void print_report(const char *line)
{
	char event[32] = "", asked[32] = "", got[32] = "", unit[16] = "", ok[8] = "";
	long long settle_ns = 0, r = 0, d = 0;
	size_t n = strlen(line);

	logfmt_get(line, n, "event", event, sizeof(event));
	if (!strcmp(event, "achieved")) {
		logfmt_get(line, n, "asked", asked, sizeof(asked));
		logfmt_get(line, n, "achieved", got, sizeof(got));
		logfmt_get(line, n, "unit", unit, sizeof(unit));
		logfmt_get(line, n, "ok", ok, sizeof(ok));
		logfmt_get_int(line, n, "settle_ns", &settle_ns);
		bool on_target = !strcmp(ok, "yes");

		printf("asked %s %s, achieved %s, %s %.3f s: %s\n", asked, unit, got,
		       on_target ? "settled after" : "after", settle_ns / 1e9, on_target ? "on target" : "off target");
	} else if (!strcmp(event, "declare") && logfmt_get_int(line, n, "runnable", &r) &&
		   logfmt_get_int(line, n, "blocked", &d)) {
		printf("declares %lld runnable and %lld blocked tasks\n", r, d);
	} else if (!strcmp(event, "killed")) {
		print_killed(line, n);
	} else if (*event && strcmp(event, "ready")) {
		printf("%s\n", strstr(line, event)); /* an event of a single generator, such as "stolen vcpu=0 …" */
	}
	fflush(stdout);
}

/* *user is the time at which the load reported ready, and so was started; 0 before that. */
static void take(const char *line, void *ready_ns)
{
	char event[32];

	if (logfmt_get(line, strlen(line), "event", event, sizeof(event)) && !strcmp(event, "ready"))
		*(uint64_t *)ready_ns = sys_now_ns();
	print_report(line);
}

/*
 * Waits until the load ends by itself, its time since the start is over (<= 0: no limit), or a signal asks to stop it.
 */
static int attend(struct load_handle *h, int64_t for_ns)
{
	uint64_t ready_ns = 0;
	int status;
	bool asked = false;

	while (waitpid(h->pid, &status, WNOHANG) != h->pid) {
		struct pollfd p = {.fd = h->report_fd, .events = POLLIN};

		bool over = for_ns > 0 && ready_ns && sys_now_ns() >= ready_ns + for_ns;

		if (!asked && (stop_signal || over || ferror(stdout))) { /* or the reader of stdout has gone */
			load_stop(h);
			asked = true;
		}
		if (poll(&p, 1, 20) > 0)
			load_reports(h, take, &ready_ns);
	}
	load_reports(h, take, &ready_ns);
	return status;
}

/* Prints what `fuka list` prints, for this generator only. */
static int help(const char *name)
{
	const struct generator *g = generator_find(name);

	if (!g)
		return -ENOENT;
	printf("usage: fuka load %s [--for TIME] [--NAME VALUE…]\n\n  %-18s %s\n", g->name, g->name, g->about);
	generator_describe_whole(stdout, g);
	return 0;
}

static int command(int argc, char **argv)
{
	char names[256];
	const struct generator *g = argc > 1 ? generator_find(argv[1]) : NULL;
	struct load_spec spec;
	struct load_handle handle;
	struct sigaction a = {.sa_handler = on_signal};
	struct load_options o;

	generator_names(names, sizeof(names));
	if (!g)
		return say("load: %s%s%s; there are %s", argc > 1 ? "there is no generator '" : "no generator given",
			   argc > 1 ? argv[1] : "", argc > 1 ? "'" : "", names),
		       FUKA_USAGE;
	if (load_spec_init(&spec, g))
		return FUKA_FAIL;
	if (parse(argc - 1, argv + 1, &spec, &o)) {
		load_spec_free(&spec);
		return FUKA_USAGE;
	}
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	ledger_sweep();
	int r = load_prepare(&spec, &handle);

	if (!r)
		r = load_go(&handle);
	int status = r ? 0 : attend(&handle, o.length);

	load_spec_free(&spec);
	if (r)
		return FUKA_FAIL;
	if (WIFSIGNALED(status))
		say("%s was ended by signal %d%s", g->name, WTERMSIG(status),
		    WTERMSIG(status) == SIGKILL
			    ? ": sent by the OOM killer, by fuka because it did not stop in time, or by another process"
			    : "");
	return WIFEXITED(status) ? WEXITSTATUS(status) : FUKA_FAIL;
}

static void print_generators(FILE *out)
{
	for (size_t i = 0; generators[i]; i++)
		fprintf(out, "  %-18s %s\n", generators[i]->name, generators[i]->about);
}

extern const struct command command_load;

const struct command command_load = {
	.name = "load",
	.about = "run one generator on this machine",
	.synopsis = "GENERATOR [--for TIME] [--NAME VALUE…]\nGENERATOR --help",
	.description =
		"Runs a generator here until its time is over or Ctrl-C, and reports what was asked, what was achieved\n"
		"and how long it took to settle. `fuka load GENERATOR --help` lists its parameters. The load takes from\n"
		"this machine what it is told to take: run whatever could do harm in a virtual machine, with `fuka run`.\n",
	.options = params,
	.sections = (const struct command_section[]){{"Generators", print_generators}, {0}},
	.exit_status = "0 on target, 1 off target or ended by force, 2 usage, 77 this machine lacks what it needs",
	.operands = "generators",
	.run = command,
	.help = help,
};
