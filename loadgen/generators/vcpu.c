// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vcpu: N virtual CPUs that spin. It uses /dev/kvm directly: there is no guest image, only a page of real-mode code
 * each.
 *
 * Their time is guest time in /proc/stat (guest, or guest_nice if nice), and is also included in user: the documented
 * double count. Each virtual CPU counts its rounds in its page, and the rate is compared with the same loop run
 * outside: an emulated KVM, as in some clouds, is a hundred times slower or worse, and then the target is missed
 * whatever the accounting says.
 *
 * Needs /dev/kvm (usually the group kvm), and speed 4 or less.
 */
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/parts/kvm_spin.h"
#include "loadgen/harness/loadgen.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define SETTLE_NS   (SYS_NS / 2)
#define MEASURED_NS (2 * SYS_NS)
#define SPEED_LEAST 0.1 /* of the same loop outside */
#define SHARE_LEAST 0.9 /* of the CPU time that is its share */

struct vcpu_values {
	int64_t vcpus;
};

static const struct param params[] = {
	{"vcpus", PARAM_INT, "1", 1, 256, NULL, "virtual CPUs", offsetof(struct vcpu_values, vcpus)},
	{0},
};

/* The rounds and CPU time of a virtual CPU up to an instant. */
struct vcpu_time {
	uint64_t rounds;
	double cpu_ns;
};

/* KVM_RUN does not return, because the guest never exits by itself. */
static void worker(const void *arg, long index)
{
	kvm_spin((char *)arg + index * KVM_SPIN_BYTES, index, false);
}

static void look(const struct load *l, const char *pages, long n, struct vcpu_time *s)
{
	for (long i = 0; i < n; i++) {
		s[i].cpu_ns = load_worker_cpu_ns(l, i);
		s[i].rounds = kvm_spin_rounds(pages + i * KVM_SPIN_BYTES);
	}
}

/* Counts the virtual CPUs that get their share of CPU time and spin at a sufficient rate. */
static long count_spinning(const struct vcpu_time *from, const struct vcpu_time *to, long n, double wall_ns,
			   double native, double *speed)
{
	double share = fmin(1, (double)sysconf(_SC_NPROCESSORS_ONLN) / n), sum = 0;
	long spinning = 0;

	for (long i = 0; i < n; i++) {
		double cpu_ns = to[i].cpu_ns - from[i].cpu_ns, rounds = to[i].rounds - from[i].rounds;
		double per_second = cpu_ns > 0 ? rounds * SYS_NS / cpu_ns : 0;

		sum += per_second;
		spinning += cpu_ns >= SHARE_LEAST * share * wall_ns && per_second >= SPEED_LEAST * native;
	}
	*speed = sum / n;
	return spinning;
}

static void say_speed(struct load *l, double speed, double native)
{
	char line[128];

	snprintf(line, sizeof(line), "event=speed rounds_per_s=%.0f native_per_s=%.0f percent=%.3g", speed, native,
		 100 * speed / native);
	load_event(l, line);
}

/* Reports the result once settled, and again at the end. */
static int measure(struct load *l, const char *pages, long n, double native)
{
	struct vcpu_time from[n], to[n];
	double speed = 0;
	bool ok = false;

	load_wait(l, load_went_ns(l) + SETTLE_NS);
	uint64_t start = sys_now_ns();

	look(l, pages, n, from);
	for (int round = 0; round == 0 || (round == 1 && !load_stopping(l)); round++) {
		load_wait(l, round ? 0 : load_went_ns(l) + MEASURED_NS);
		long alive = load_workers_alive(l);

		look(l, pages, n, to);
		long spinning = count_spinning(from, to, n, sys_now_ns() - start, native, &speed);

		ok = spinning == n && alive == n;
		say_speed(l, speed, native);
		load_achieved(l, n, spinning, "vcpus", ok);
	}
	if (!ok)
		say("vcpu: a virtual CPU made %.3g k rounds per second, the same loop outside %.3g k; expected at "
		    "least a tenth of "
		    "that, and 90 %% of its share of CPU time",
		    speed / 1e3, native / 1e3);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static int run(struct load *l, const void *values)
{
	const struct vcpu_values *v = values;
	double native = kvm_spin_native(); /* while the CPU is still free */
	int status;
	char *pages = kvm_spin_start(l, v->vcpus, worker, &status);

	if (!pages)
		return status;
	status = measure(l, pages, v->vcpus, native);
	kvm_spin_end(l);
	return status;
}

static const char *const *modules(const void *unused)
{
	(void)unused;
	return kvm_spin_modules;
}

static long tasks(const void *values)
{
	return ((const struct vcpu_values *)values)->vcpus;
}

const struct generator loadgen_vcpu = {
	.name = "vcpu",
	.about = "virtual CPUs that spin, by /dev/kvm directly: guest time",
	.needs = "/dev/kvm",
	.modules = modules,
	.tasks = tasks,
	.params = params,
	.values_size = sizeof(struct vcpu_values),
	.run = run,
};
