/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of QEMU's machines and the kernel parameters of an architecture, defined in machine_ARCH.c. */
#ifndef FUKA_MACHINE_ARCH_H
#define FUKA_MACHINE_ARCH_H

#include <stdbool.h>
#include <stdio.h>

struct machine_arch {
	const char *program, *package;        /* of QEMU */
	const char *board, *board_that_plugs; /* -machine; with hotplug */
	const char *cpu, *cpu_without_random; /* -cpu; without the CPU's own random numbers, which differ in each run */
	const char *console;                  /* the kernel's name for the first serial port */
	const char *kernel_words;             /* kernel parameters, each followed by a space */
	void (*tell_clock)(FILE *out, bool is_virtual, bool kvm); /* writes further ones, each preceded by a space */
};

extern const struct machine_arch machine_arch;

#endif
