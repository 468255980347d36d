// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka run: validates everything, then runs and judges each scenario, and exits with the status of the worst one. */
#include "lab/expect/expect.h"
#include "lab/help/help.h"
#include "lab/host/kvm_proof.h"
#include "lab/host/machine.h"
#include "lab/pack/pack.h"
#include "lab/host/results.h"
#include "lab/host/run.h"
#include "lab/host/rundir.h"
#include "lab/host/supervise.h"
#include "lib/base/command.h"
#include "lib/base/say.h"
#include "lib/text/options.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPEAT_MAX 1000

struct run_options {
	char *out, *kernel, *modules, *junit;
	int64_t clock, repeat;
	bool json, tap, keep, check, vmcore;
};

enum {
	CLOCK_OF_SCENARIO,
	CLOCK_VIRTUAL,
	CLOCK_REAL
};

#define AT(member) offsetof(struct run_options, member)

static const struct param params[] = {
	{"out", PARAM_TEXT, "out", 0, 0, NULL, "where run directories are made", AT(out), 'o', "DIR"},
	{"kernel", PARAM_TEXT, NULL, 0, 0, NULL, "a kernel from lab/kernels, or the path of a bzImage or vmlinux",
	 AT(kernel), 'k', "NAME|PATH"},
	{"modules", PARAM_TEXT, NULL, 0, 0, NULL, "its …/lib/modules/RELEASE, when it is not beside it", AT(modules),
	 'm', "DIR"},
	{"clock", PARAM_CHOICE, "scenario", 0, 0, "scenario virtual real", "instead of the scenario's", AT(clock), 'c',
	 "CLOCK"},
	{"repeat", PARAM_INT, "1", 1, REPEAT_MAX, NULL,
	 "runs each scenario N times; on the virtual clock all runs must be identical to the byte", AT(repeat), 'r'},
	{"json", PARAM_BOOL, "false", 0, 0, NULL, "results as JSON on standard output", AT(json), 'j'},
	{"tap", PARAM_BOOL, "false", 0, 0, NULL, "results as TAP on standard output", AT(tap), 't'},
	{"junit", PARAM_TEXT, NULL, 0, 0, NULL, "results as JUnit XML too", AT(junit), 0, "FILE"},
	{"keep", PARAM_BOOL, "false", 0, 0, NULL, "keeps the initramfs and the shared memory in the run's directory",
	 AT(keep)},
	{"vmcore", PARAM_BOOL, "false", 0, 0, NULL,
	 "after a panic, the guest's memory as a core dump and the log in it, in the run's directory", AT(vmcore)},
	{"check", PARAM_BOOL, "false", 0, 0, NULL, "only validates", AT(check), 'n'},
	{0},
};

/* One validated scenario with the files that it needs. */
struct run_job {
	struct scenario *scenario;
	struct kernel kernel;
	bool kvm;
	char accelerator[320];
};

/* Finds a scenario by path, or by the name of one that comes with fuka. */
static char *find_scenario(const char *name)
{
	if (strchr(name, '/') || strstr(name, ".yaml") || access(name, R_OK) == 0)
		return sys_format("%s", name);
	return sys_format("%s/../scenarios/%s.yaml", kernel_home(), name);
}

/* Applies --clock, if the scenario can run on that clock. */
static int set_clock(struct scenario *s, int64_t clock)
{
	char what[128];

	if (clock == CLOCK_OF_SCENARIO)
		return 0;
	s->machine.clock = clock == CLOCK_REAL ? CLOCK_IS_REAL : CLOCK_IS_VIRTUAL;
	if (s->machine.clock == CLOCK_IS_VIRTUAL && s->machine.cpus > 1)
		return say_err(-EINVAL, "%s: --clock virtual: it has %lld CPUs, the virtual clock has one", s->path,
			       (long long)s->machine.cpus);
	if (s->machine.clock == CLOCK_IS_VIRTUAL && scenario_wall_time(s, what, sizeof(what)))
		return say_err(-EINVAL,
			       "%s: --clock virtual: %s works in wall time, which the virtual clock does not know",
			       s->path, what);
	return 0;
}

static void choose_accelerator(struct run_job *j)
{
	struct kvm_proof proof;

	if (j->scenario->machine.clock == CLOCK_IS_VIRTUAL) {
		snprintf(j->accelerator, sizeof(j->accelerator), "virtual clock (TCG counts instructions)");
		return;
	}
	kvm_prove(&j->kernel, false, &proof);
	j->kvm = proof.works;
	snprintf(j->accelerator, sizeof(j->accelerator), "real clock, %s: %s", j->kvm ? "KVM" : "TCG", proof.why);
}

static int prepare(const char *name, const struct run_options *o, struct run_job *j)
{
	_cleanup_(sys_freep) char *path = find_scenario(name);
	int r = scenario_load(path, expect_read, &j->scenario);

	if (!r) {
		j->scenario->machine.vmcore |= o->vmcore;
		r = set_clock(j->scenario, o->clock);
	}
	if (!r)
		r = kernel_find(o->kernel ? o->kernel : j->scenario->machine.kernel, o->modules, &j->kernel);
	if (!r)
		r = pack_scenario(j->scenario, &j->kernel, NULL);
	if (!r)
		r = run_check_memory(j->scenario);
	return r;
}

static void free_jobs(struct run_job *jobs, int n)
{
	for (int i = 0; i < n; i++) {
		scenario_free(jobs[i].scenario);
		kernel_free(&jobs[i].kernel);
	}
	free(jobs);
}

/* Compares all runs of a scenario with the first one. */
static void compare_runs(struct results *r, size_t first, size_t n)
{
	char where[200];
	size_t at = r->identities++;
	struct run *runs = &r->run[first];

	snprintf(r->identity[at].scenario, sizeof(r->identity[at].scenario), "%s", runs->scenario->name);
	for (size_t i = 1; i < n; i++)
		if (!run_identical(runs[0].recording, runs[i].recording, where, sizeof(where))) {
			snprintf(r->identity[at].text, sizeof(r->identity[at].text), "runs 1 and %zu differ: %s", i + 1,
				 where);
			return;
		}
	r->identity[at].same = true;
	snprintf(r->identity[at].text, sizeof(r->identity[at].text),
		 "%zu runs identical to the byte: every lane and the console", n);
}

/* 0 when every run has a verdict. */
static int run_job(struct run_job *j, const struct run_options *o, struct results *r)
{
	size_t first = r->count;

	for (long i = 0; i < o->repeat && !supervise_interrupted(); i++) {
		struct run *run = &r->run[r->count];

		*run = (struct run){.scenario = j->scenario,
				    .kernel = &j->kernel,
				    .kvm = j->kvm,
				    .accelerator = j->accelerator,
				    .keep = o->keep};
		int err = run_scenario(run, o->out);

		if (err) {
			run_free(run);
			return err;
		}
		r->count++;
		if (!o->json && !o->tap) {
			results_text(stdout, run);
			fflush(stdout);
		}
	}
	if (r->count - first > 1 && j->scenario->machine.clock == CLOCK_IS_VIRTUAL)
		compare_runs(r, first, r->count - first);
	return 0;
}

/* Lost comes before fail; skip counts only if all were skipped. */
static int exit_status(const struct results *r)
{
	size_t count[4] = {0};

	for (size_t i = 0; i < r->count; i++)
		count[r->run[i].verdict.is]++;
	for (size_t i = 0; i < r->identities; i++)
		count[VERDICT_FAIL] += !r->identity[i].same;
	if (count[VERDICT_LOST])
		return FUKA_LOST;
	if (count[VERDICT_FAIL])
		return FUKA_FAIL;
	return r->count && count[VERDICT_SKIP] == r->count ? FUKA_SKIP : FUKA_PASS;
}

static int print_results(const struct results *r, const struct run_options *o)
{
	int err = 0;

	if (o->json)
		err = results_json(stdout, r);
	else if (o->tap)
		results_tap(stdout, r);
	else
		results_summary(stdout, r);
	if (o->junit && !err)
		err = results_junit(o->junit, r);
	return err;
}

static int run_jobs(struct run_job *jobs, int n, const struct run_options *o)
{
	struct results r = {.run = calloc(n * o->repeat, sizeof(*r.run)), .identity = calloc(n, sizeof(*r.identity))};
	int err = r.run && r.identity ? 0 : -ENOMEM;

	supervise_signals();
	rundir_sweep(o->out);
	for (int i = 0; !err && i < n && !supervise_interrupted(); i++) {
		choose_accelerator(&jobs[i]);
		err = run_job(&jobs[i], o, &r);
	}
	int printed = r.count || !err ? print_results(&r, o) : 0;
	int status = err || printed ? FUKA_USAGE : exit_status(&r);

	for (size_t i = 0; i < r.count; i++)
		run_free(&r.run[i]);
	free(r.run);
	free(r.identity);
	return status;
}

static int run_all(char *const *names, int n, const struct run_options *o)
{
	struct run_job *jobs = calloc(n, sizeof(*jobs));
	int bad = 0;

	if (!jobs)
		return FUKA_USAGE;
	for (int i = 0; i < n; i++)
		bad += prepare(names[i], o, &jobs[i]) != 0;
	if (!bad && !machine_program())
		bad++;
	for (int i = 0; o->check && !bad && i < n; i++)
		printf("%s: valid\n", jobs[i].scenario->path);
	int status = bad ? FUKA_USAGE : o->check ? FUKA_PASS : run_jobs(jobs, n, o);

	free_jobs(jobs, n);
	return status;
}

static int command(int argc, char **argv)
{
	struct run_options o;
	struct options given = {.command = "run", .table = params, .values = &o};
	int status = FUKA_USAGE;

	if (options_parse(&given, argc, argv))
		;
	else if (!given.operands)
		say("run: no scenario given; `fuka list scenarios` names those that come with fuka");
	else
		status = run_all(given.operand, given.operands, &o);
	param_free(params, &o);
	return status;
}

const struct command command_run = {
	.name = "run",
	.about = "run scenarios in disposable VMs: verdict, recording",
	.synopsis = "[OPTION…] SCENARIO…",
	.description =
		"Runs each scenario (a path, or a name that `fuka list scenarios` shows) in a disposable VM of its own, records\n"
		"what the kernel's counters did, and judges what it expected. Everything is validated before anything starts.\n"
		"\n"
		"Verdicts: pass; fail (something expected did not hold); lost (the machine went away unexpectedly); skip.\n",
	.options = params,
	.sections = (const struct command_section[]){{"Scenarios", help_language}, {0}},
	.exit_status = "the first present of 2 usage, 3 lost, 1 fail; 77 if all were skipped; else 0",
	.operands = "scenarios",
	.run = command,
};
