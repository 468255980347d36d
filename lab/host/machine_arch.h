/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU's machines of an architecture are called, and what their kernels have to be told: in machine_ARCH.c. */
#ifndef FUKA_MACHINE_ARCH_H
#define FUKA_MACHINE_ARCH_H

#include <stdbool.h>
#include <stdio.h>

struct machine_arch {
	const char *program, *package;                         /* of QEMU */
	const char *board, *board_that_plugs, *board_of_proof; /* -machine; with hotplug; for the proof of KVM */
	const char *cpu, *cpu_without_random; /* -cpu; the CPU's own random numbers are no two times the same */
	const char *console;                  /* the kernel's name of the first serial port */
	const char *kernel_words;             /* for its command line, each with a blank behind it */
	void (*tell_clock)(FILE *out, bool is_virtual, bool kvm); /* more of them, each with a blank before it */
};

extern const struct machine_arch machine_arch;

#endif
