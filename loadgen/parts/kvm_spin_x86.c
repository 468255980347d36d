// SPDX-License-Identifier: GPL-2.0-or-later
/* The virtual CPU of kvm_spin.c: in real mode, with one page of code and one in which it counts and KVM writes. */
#include "loadgen/parts/kvm_spin.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <string.h>
#include <sys/ioctl.h>

const char *const kvm_spin_modules[] = {"kvm-amd", NULL};

#define NOPS      2000   /* nearly all of a round, because long blocks are cheap where the host emulates the CPU */
#define ROUNDS_AT 0x1000 /* 64 bits, not in the code's page, which an emulated CPU checks at each write */
#define STEAL_AT  0x1040 /* struct kvm_steal_time, 64 bytes, aligned to 64 */
#define NATIVE_NS 20000000ull

/* After NOPS bytes of 0x90; the jump's distance is to the start of them. */
/* clang-format off */
static const unsigned char tail[] = {
	0x66, 0x83, 0x06, ROUNDS_AT & 0xff, ROUNDS_AT >> 8, 0x01,             /* add dword [ROUNDS_AT], 1 */
	0x66, 0x83, 0x16, (ROUNDS_AT + 4) & 0xff, (ROUNDS_AT + 4) >> 8, 0x00, /* adc dword [ROUNDS_AT + 4], 0 */
	0xe9, (-NOPS - 15) & 0xff, (-NOPS - 15) >> 8 & 0xff,                  /* jmp 0 */
};
/* clang-format on */

/* Makes a machine of one virtual CPU in real mode at address 0 of the page. Returns its descriptor or -errno. */
int kvm_spin_vcpu(char *page, long index)
{
	struct kvm_userspace_memory_region slot = {.memory_size = KVM_SPIN_BYTES,
						   .userspace_addr = (unsigned long)page};
	struct kvm_regs regs = {.rflags = 2};
	struct kvm_sregs sregs;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, cpu;

	if (kvm < 0)
		return kvm_spin_failed("/dev/kvm cannot be opened", index);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		return kvm_spin_failed("KVM_CREATE_VM", index);
	memset(page, 0x90, NOPS);
	memcpy(page + NOPS, tail, sizeof(tail));
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot))
		return kvm_spin_failed("KVM_SET_USER_MEMORY_REGION", index);
	cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (cpu < 0 || ioctl(cpu, KVM_GET_SREGS, &sregs))
		return kvm_spin_failed("KVM_CREATE_VCPU", index);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return ioctl(cpu, KVM_SET_SREGS, &sregs) || ioctl(cpu, KVM_SET_REGS, &regs)
		       ? kvm_spin_failed("KVM_SET_REGS", index)
		       : cpu;
}

/*
 * Makes KVM report to this virtual CPU how long it waited for a physical one, as to Linux guests. A guest would write
 * this MSR; KVM lets its user write it as well.
 */
int kvm_spin_ask_for_steal(int cpu, long index)
{
	_Alignas(struct kvm_msrs) char bytes[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)] = {0};
	struct kvm_msrs *msrs = (struct kvm_msrs *)bytes;

	msrs->nmsrs = 1;
	msrs->entries[0] = (struct kvm_msr_entry){.index = MSR_KVM_STEAL_TIME, .data = STEAL_AT | KVM_MSR_ENABLED};
	if (ioctl(cpu, KVM_SET_MSRS, msrs) == 1)
		return 0;
	return say_err(-ENOTSUP,
		       "kvm: virtual CPU %ld: this KVM does not report stolen time to its guests (MSR_KVM_STEAL_TIME)",
		       index);
}

static uint64_t read_u64(const char *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

uint64_t kvm_spin_rounds(const char *page)
{
	return read_u64(page + ROUNDS_AT);
}

uint64_t kvm_spin_stolen_ns(const char *page)
{
	return read_u64(page + STEAL_AT);
}

double kvm_spin_native(void)
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
