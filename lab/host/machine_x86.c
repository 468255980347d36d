// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * microvm serves everything but hotplug, for which it takes a q35: it boots fastest and powers off by ACPI. It has
 * neither HPET nor PM timer, so under TCG the kernel is told the TSC's frequency instead of measuring it on a busy
 * host.
 */
#include "lab/host/machine_arch.h"
#include "lib/base/sys.h"

#include <time.h>

/* The host's TSC frequency, for a guest whose TSC is the host's (TCG on the real clock): 50 ms against the clock. */
static unsigned long tsc_khz(void)
{
	struct timespec a, b, pause = {.tv_nsec = 50000000};

	clock_gettime(CLOCK_MONOTONIC_RAW, &a);
	uint64_t tsc = __builtin_ia32_rdtsc();

	nanosleep(&pause, NULL);
	tsc = __builtin_ia32_rdtsc() - tsc;
	clock_gettime(CLOCK_MONOTONIC_RAW, &b);
	return tsc * 1000000 / ((b.tv_sec - a.tv_sec) * SYS_NS + b.tv_nsec - a.tv_nsec);
}

static void tell_clock(FILE *out, bool is_virtual, bool kvm)
{
	if (is_virtual)
		fputs(" tsc_early_khz=1000000", out);
	else if (!kvm)
		fprintf(out, " tsc_early_khz=%lu", tsc_khz());
}

const struct machine_arch machine_arch = {
	.program = "qemu-system-x86_64",
	.package = "qemu-system-x86",
	.board = "microvm,rtc=on,pcie=on",
	.board_that_plugs = "q35",
	.board_of_proof = "q35,accel=kvm,usb=off,vmport=off",
	.cpu = "max",
	.cpu_without_random = "max,-rdrand,-rdseed",
	.console = "ttyS0",
	.kernel_words = "no_timer_check ",
	.tell_clock = tell_clock,
};
