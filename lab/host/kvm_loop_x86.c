// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop is `inc ecx; jmp` in real mode, at address 0 of one page of memory. */
#include "lab/host/kvm_loop.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int kvm_loop_make(const char **what)
{
	static const unsigned char loop[] = {0x66, 0x41, 0xeb, 0xfc}; /* 1: inc ecx; jmp 1b */
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0), cpu;
	void *page = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region slot = {.memory_size = 0x1000, .userspace_addr = (unsigned long)page};
	struct kvm_sregs sregs;
	struct kvm_regs regs = {.rflags = 2};

	*what = "KVM_CREATE_VM";
	if (vm < 0 || page == MAP_FAILED)
		return -1;
	memcpy(page, loop, sizeof(loop));
	*what = "KVM_SET_USER_MEMORY_REGION";
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot))
		return -1;
	*what = "KVM_CREATE_VCPU";
	cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (cpu < 0 || ioctl(cpu, KVM_GET_SREGS, &sregs))
		return -1;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	*what = "KVM_SET_REGS";
	return ioctl(cpu, KVM_SET_SREGS, &sregs) || ioctl(cpu, KVM_SET_REGS, &regs) ? -1 : cpu;
}

int kvm_loop_count(int cpu, uint64_t *count)
{
	struct kvm_regs regs;

	if (ioctl(cpu, KVM_GET_REGS, &regs))
		return -1;
	*count = (uint32_t)regs.rcx;
	return 0;
}
