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

int kvm_spin_failed(const char *what, long index)
{
	int err = errno;

	return say_err(-err, "kvm: %s for virtual CPU %ld: %s%s", what, index, strerror(err),
		       err == EACCES ? "; it needs the group that owns /dev/kvm, or root"
		       : err == ENOENT || err == ENODEV || err == ENXIO
			       ? "; this machine has no KVM (kvm_intel or kvm_amd not loaded, or no hardware for it)"
			       : "");
}

/* Returns FUKA_PASS, or what run() must return. */
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
