// SPDX-License-Identifier: GPL-2.0-or-later
#include "loadgen/parts/kvm_spin.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

const char *const kvm_spin_modules[] = {"kvm-amd", NULL};

#define NOPS 2000 /* per round: a simulated CPU executes long straight blocks cheaply */
/* 64 bits; not in the code's page, to which a simulated CPU would have to translate again after each write */
#define ROUNDS_AT 0x1000
#define STEAL_AT  0x1040 /* struct kvm_steal_time, 64 bytes aligned to as many */
#define NATIVE_NS 20000000ull

static int kvm_spin_failed(const char *what, long index)
{
	int err = errno;

	return say_err(-err, "kvm: %s for virtual CPU %ld: %s%s", what, index, strerror(err),
		       err == EACCES ? "; it needs the group that owns /dev/kvm, or root"
		       : err == ENOENT || err == ENODEV || err == ENXIO
			       ? "; this machine has no KVM (kvm_intel or kvm_amd not loaded, or no hardware for it)"
			       : "");
}

/* Makes a machine with one virtual CPU in real mode at address 0 of the page. Returns its descriptor or -errno. */
static int make_vcpu(char *page, long index)
{
	/* Follows NOPS bytes of 0x90, to the start of which the jump goes. */
	static const unsigned char tail[] = {
		0x66,
		0x83,
		0x06,
		ROUNDS_AT & 0xff,
		ROUNDS_AT >> 8,
		0x01, /* add dword [ROUNDS_AT], 1 */
		0x66,
		0x83,
		0x16,
		(ROUNDS_AT + 4) & 0xff,
		(ROUNDS_AT + 4) >> 8,
		0x00, /* adc dword [ROUNDS_AT + 4], 0 */
		0xe9,
		(-NOPS - 15) & 0xff,
		(-NOPS - 15) >> 8 & 0xff,
	};
	struct kvm_userspace_memory_region slot = {.memory_size = KVM_SPIN_BYTES,
						   .userspace_addr = (unsigned long)page};
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

/*
 * Makes KVM report to this virtual CPU, as to Linux guests, how long it had to wait for a real CPU. A guest would write
 * this MSR; KVM lets its user write it as well.
 */
static int ask_for_steal(int cpu, long index)
{
	_Alignas(struct kvm_msrs) char bytes[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)] = {0};
	struct kvm_msrs *msrs = (struct kvm_msrs *)bytes;

	msrs->nmsrs = 1;
	msrs->entries[0] = (struct kvm_msr_entry){.index = MSR_KVM_STEAL_TIME, .data = STEAL_AT | KVM_MSR_ENABLED};
	if (ioctl(cpu, KVM_SET_MSRS, msrs) == 1)
		return 0;
	return say_err(-ENOTSUP,
		       "kvm: virtual machine has no KVM does not report for time to its guests (MSR_KVM_STEAL_TIME)",
		       index);
}

/* Returns FUKA_PASS, or the status that run() must return. */
static int check(struct load *l)
{
	_cleanup_(sys_closep) int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm >= 0)
		return FUKA_PASS;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		return load_lacks(l, "/dev/kvm: kvm_intel or kvm_amd is not loaded, or the CPU cannot virtualize");
	kvm_spin_failed("/dev/kvm cannot be opened", 0);
	return FUKA_FAIL;
}

bool kvm_spin_possible(void)
{
	_cleanup_(sys_closep) int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	return kvm >= 0 && ioctl(kvm, KVM_GET_API_VERSION, 0) == KVM_API_VERSION;
}

char *kvm_spin_start(struct load *l, long n, void (*worker)(const void *, long), int *status)
{
	char *pages = mmap(NULL, n * KVM_SPIN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		*status = say_err(FUKA_FAIL, "kvm: no memory for %ld pages: %s", n, strerror(errno));
	else
		*status = check(l);
	if (!*status && load_workers(l, n, worker, pages))
		*status = FUKA_FAIL;
	if (*status)
		return NULL;
	load_ready(l);
	load_declare(l, n, 0);
	return pages;
}

void kvm_spin_end(struct load *l)
{
	load_workers_end(l);
	load_declare(l, 0, 0);
}

void kvm_spin(char *page, long index, bool steal)
{
	int cpu = kvm_spin_vcpu(page, index);

	if (cpu < 0 || (steal && kvm_spin_ask_for_steal(cpu, index)))
		_exit(FUKA_FAIL);
	while (ioctl(cpu, KVM_RUN, 0) < 0 && errno == EINTR)
		continue;
	kvm_spin_failed("KVM_RUN ended", index);
	_exit(FUKA_FAIL);
}
