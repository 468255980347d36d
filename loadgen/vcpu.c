// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vcpu: N virtual CPUs that spin, through /dev/kvm itself: no guest image, one page of real-mode code each.
 *
 * Their time is guest time in /proc/stat (guest, with nice guest_nice), and user time besides: the documented double
 * count. Each virtual CPU counts its rounds in its page. They are compared with the same loop run outside: a KVM that
 * is emulated, as in some clouds, is a hundred times slower or worse, and then the target is missed whatever the
 * accounting says.
 *
 * Needs /dev/kvm (usually the group kvm); in the lab's guest machine: {modules: [kvm-amd]}, and speed 4 or less.
 */
#include "loadgen/loadgen.h"
#include "lib/say.h"
#include "lib/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES  4096
#define COUNTER_AT  0xf00 /* in the page: 64 bits */
#define NOPS        2000  /* a round is mostly these: long blocks are cheap where the host only simulates a CPU */
#define SETTLE_NS   (SYS_NS / 2)
#define MEASURED_NS (2 * SYS_NS)
#define NATIVE_NS   20000000ull
#define SPEED_LEAST 0.1 /* of the same loop outside */
#define SHARE_LEAST 0.9 /* of the CPU time that each should get */

struct values {
	int64_t vcpus;
};

static const struct param params[] = {
	{"vcpus", PARAM_INT, "1", 1, 256, NULL, "virtual CPUs", offsetof(struct values, vcpus)},
	{0},
};

/* What a virtual CPU did up to an instant. */
struct state {
	uint64_t rounds;
	double cpu_ns;
};

static int failed(const char *what, long index)
{
	int err = errno;

	return say_err(-err, "vcpu: %s for virtual CPU %ld: %s%s", what, index, strerror(err),
		       err == EACCES ? "; it needs the group that owns /dev/kvm, or root"
		       : err == ENOENT || err == ENODEV || err == ENXIO
			       ? "; this machine has no KVM (kvm_intel or kvm_amd not loaded, or no hardware for it)"
			       : "");
}

/* A machine of one virtual CPU in real mode at address 0 of the page; its descriptor or -errno. */
static int make_vcpu(char *page, long index)
{
	/* After NOPS bytes of 0x90; the jump's distance is to the start of them. */
	static const unsigned char tail[] = {
		0x66,
		0x83,
		0x06,
		0x00,
		0x0f,
		0x01, /* add dword [0xf00], 1 */
		0x66,
		0x83,
		0x16,
		0x04,
		0x0f,
		0x00, /* adc dword [0xf04], 0 */
		0xe9,
		(-NOPS - 15) & 0xff,
		(-NOPS - 15) >> 8 & 0xff,
	};
	struct kvm_userspace_memory_region slot = {.memory_size = PAGE_BYTES, .userspace_addr = (unsigned long)page};
	struct kvm_regs regs = {.rflags = 2};
	struct kvm_sregs sregs;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, cpu;

	if (kvm < 0)
		return failed("/dev/kvm cannot be opened", index);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		return failed("KVM_CREATE_VM", index);
	memset(page, 0x90, NOPS);
	memcpy(page + NOPS, tail, sizeof(tail));
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot))
		return failed("KVM_SET_USER_MEMORY_REGION", index);
	cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (cpu < 0 || ioctl(cpu, KVM_GET_SREGS, &sregs))
		return failed("KVM_CREATE_VCPU", index);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return ioctl(cpu, KVM_SET_SREGS, &sregs) || ioctl(cpu, KVM_SET_REGS, &regs) ? failed("KVM_SET_REGS", index)
										    : cpu;
}

/* The guest never leaves by itself: any other way out is an error. */
static void worker(const void *arg, long index)
{
	int cpu = make_vcpu((char *)arg + index * PAGE_BYTES, index);

	if (cpu < 0)
		_exit(FUKA_FAIL);
	while (ioctl(cpu, KVM_RUN, 0) < 0 && errno == EINTR)
		continue;
	failed("KVM_RUN ended", index);
	_exit(FUKA_FAIL);
}

/* Rounds a second of the same loop outside. */
static double native_speed(void)
{
	volatile uint32_t counter[2] = {0};
	uint64_t start = sys_now_ns(), now;
	double rounds = 0;

	do {
		for (int i = 0; i < 10; i++)
			__asm__ volatile(".rept %c2\n\tnop\n\t.endr\n\taddl $1, %0\n\tadcl $0, %1"
					 : "+m"(counter[0]), "+m"(counter[1])
					 : "i"(NOPS));
		rounds += 10;
		now = sys_now_ns();
	} while (now - start < NATIVE_NS);
	return rounds * SYS_NS / (now - start);
}

static void look(const struct load *l, const char *pages, long n, struct state *s)
{
	for (long i = 0; i < n; i++) {
		s[i].cpu_ns = load_worker_cpu_ns(l, i);
		memcpy(&s[i].rounds, pages + i * PAGE_BYTES + COUNTER_AT, sizeof(s[i].rounds));
	}
}

/* How many spin: they get their share of the CPUs and make good use of it. */
static long count_spinning(const struct state *from, const struct state *to, long n, double wall_ns, double native,
			   double *speed)
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

/* Said once settled, and again at the end. */
static int measure(struct load *l, const char *pages, long n, double native)
{
	struct state from[n], to[n];
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
		say("vcpu: a virtual CPU made %.3g k rounds a second, the same loop outside %.3g k: at least a tenth, "
		    "and 90 %% "
		    "of its share of the CPUs, is what counts as spinning",
		    speed / 1e3, native / 1e3);
	return ok ? FUKA_PASS : FUKA_FAIL;
}

static int run(struct load *l, const void *values)
{
	const struct values *v = values;
	char *pages = mmap(NULL, v->vcpus * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return say_err(FUKA_FAIL, "vcpu: no memory for %lld pages: %s", (long long)v->vcpus, strerror(errno));
	if (access("/dev/kvm", F_OK))
		return load_lacks(l, "/dev/kvm: kvm_intel or kvm_amd is not loaded, or the CPU cannot virtualize");
	if (access("/dev/kvm", R_OK | W_OK))
		return failed("/dev/kvm cannot be opened", 0), FUKA_FAIL;
	double native = native_speed();

	if (load_workers(l, v->vcpus, worker, pages))
		return FUKA_FAIL;
	load_ready(l);
	load_declare(l, v->vcpus, 0);
	int status = measure(l, pages, v->vcpus, native);

	load_workers_end(l);
	load_declare(l, 0, 0);
	return status;
}

const struct generator loadgen_vcpu = {
	.name = "vcpu",
	.about = "virtual CPUs that spin, through /dev/kvm itself: guest time",
	.needs = "/dev/kvm",
	.params = params,
	.values_size = sizeof(struct values),
	.run = run,
};
