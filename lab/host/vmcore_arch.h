/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an architecture's kernel has itself and its memory: vmcore_arch is in vmcore_ARCH.c. */
#ifndef FUKA_VMCORE_ARCH_H
#define FUKA_VMCORE_ARCH_H

#include <stdint.h>

struct vmcore_arch {
	uint64_t image_at, image_bytes; /* the kernel's image: physical 0 and on, without KASLR */
	uint64_t direct_at;             /* the direct map of all memory */
	uint64_t low_bytes;             /* of memory at physical 0; above are devices, and memory far beyond */
};

extern const struct vmcore_arch vmcore_arch;

#endif
