// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * steal: N virtual CPUs on one real one. Each wants to run all the time and gets 1/N of it; the rest is stolen. KVM
 * writes the stolen time into each machine, where Linux would show it as %steal (struct kvm_steal_time).
 *
 * The load is on target if that figure is the expected share for each virtual CPU. The event also has the host's
 * schedstat of the thread, from which KVM computes it. Anything else that runs on this CPU steals as well: the load is
 * then off target, and the event says by how much.
 *
 * Needs /dev/kvm (usually the group kvm), and speed 4 or less.
 */
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/parts/kvm_spin.h"
#include "loadgen/harness/loadgen.h"
#include "loadgen/parts/rate.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define SETTLE_NS   SYS_NS
#define MEASURED_NS (3 * SYS_NS)
#define POINTS      5.0 /* tolerance in percentage points */

struct steal_values {
	int64_t vcpus;
};

static const struct param params[] = {
	{"vcpus", PARAM_INT, "2", 2, 64, NULL, "virtual CPUs that share one real CPU: the first of `cpus`",
	 offsetof(struct steal_values, vcpus)},
	{0},
};

/* Time stolen from a virtual CPU up to an instant: as KVM told its machine, and as the host counts it. */
struct stolen_time {
	uint64_t told_ns, waited_ns;
};

static void worker(const void *arg, long index)
{
	if (rate_pin(0))
		_exit(FUKA_FAIL);
	kvm_spin((char *)arg + index * KVM_SPIN_BYTES, index, true);
}

static void look(const struct load *l, const char *pages, long n, struct stolen_time *s)
{
	for (long i = 0; i < n; i++) {
		uint64_t ran_ns;

		s[i].told_ns = kvm_spin_stolen_ns(pages + i * KVM_SPIN_BYTES);
		if (!load_worker_pid(l, i) || sys_schedstat(load_worker_pid(l, i), &ran_ns, &s[i].waited_ns))
			s[i].waited_ns = 0;
	}
}

/* Returns the share, in percent, that is farthest from the one asked for. */
static double judge(struct load *l, const struct stolen_time *from, const struct stolen_time *to, long n,
		    double wall_ns)
{
	double asked = 100.0 * (n - 1) / n, worst = asked;
	char line[128];

	for (long i = 0; i < n; i++) {
		double told = 100 * (to[i].told_ns - from[i].told_ns) / wall_ns;

		snprintf(line, sizeof(line), "event=stolen vcpu=%ld told_percent=%.2f waited_percent=%.2f", i, told,
			 100 * (to[i].waited_ns - from[i].waited_ns) / wall_ns);
		load_event(l, line);
		if (fabs(told - asked) >= fabs(worst - asked))
			worst = told;
	}
	return worst;
}

/* Reports the result once settled, and again at the end. */
static bool measure(struct load *l, const char *pages, long n)
{
	struct stolen_time from[n], to[n];
	double asked = 100.0 * (n - 1) / n;
	bool ok = false;

	load_wait(l, load_went_ns(l) + SETTLE_NS);
	uint64_t start_ns = sys_now_ns();

	look(l, pages, n, from);
	for (int round = 0; round == 0 || (round == 1 && !load_stopping(l)); round++) {
		load_wait(l, round ? 0 : load_went_ns(l) + MEASURED_NS);
		bool alive = load_workers_alive(l) == n;

		look(l, pages, n, to);
		double got = judge(l, from, to, n, sys_now_ns() - start_ns);

		ok = alive && fabs(got - asked) <= POINTS;
		load_achieved(l, asked, got, "%", ok);
	}
	return ok;
}

static int run(struct load *l, const void *values)
{
	const struct steal_values *v = values;
	int status;
	char *pages = kvm_spin_start(l, v->vcpus, worker, &status);

	if (!pages)
		return status;
	bool ok = measure(l, pages, v->vcpus);

	kvm_spin_end(l);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static const char *unproven(void)
{
	return kvm_spin_possible()
		       ? NULL
		       : "no /dev/kvm that this user may open; the scenario steal demonstrates it in the lab's guest";
}

static const char *const *modules(const void *unused)
{
	(void)unused;
	return kvm_spin_modules;
}

static long tasks(const void *values)
{
	return ((const struct steal_values *)values)->vcpus;
}

const struct generator loadgen_steal = {
	.name = "steal",
	.about = "virtual CPUs that share one real CPU: stolen time",
	.needs = "/dev/kvm",
	.modules = modules,
	.tasks = tasks,
	.params = params,
	.values_size = sizeof(struct steal_values),
	.unproven = unproven,
	.run = run,
};
