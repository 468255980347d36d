/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's memory layout of an architecture; vmcore_arch is defined in vmcore_ARCH.c. */
#ifndef FUKA_VMCORE_ARCH_H
#define FUKA_VMCORE_ARCH_H

#include <stdint.h>

struct vmcore_arch {
	uint64_t image_at, image_bytes; /* the kernel's image, which maps physical 0 and up without KASLR */
	uint64_t direct_at;             /* the direct map of all memory */
	/* size of the memory at physical 0; above it are devices, and far above more memory */
	uint64_t low_bytes;
};

extern const struct vmcore_arch vmcore_arch;

#endif
