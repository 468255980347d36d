// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine type is microvm, which boots fastest and powers off by ACPI, except where a disk is plugged: hotplug
 * needs a q35. microvm has neither HPET nor PM timer, so under TCG the kernel's command line has the TSC's frequency;
 * the kernel would otherwise measure it, wrongly on a busy host.
 */
#include "lab/host/machine_arch.h"
#include "lib/base/sys.h"

#include <time.h>

/* Measures the host's TSC for 50 ms, for a guest that has the host's TSC (TCG on the real clock). */
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
	.cpu = "max",
	.cpu_without_random = "max,-rdrand,-rdseed",
	.console = "ttyS0",
	.kernel_words = "no_timer_check ",
	.tell_clock = tell_clock,
};
