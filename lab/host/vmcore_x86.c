// SPDX-License-Identifier: GPL-2.0-or-later
/* The addresses are those with four levels of page tables. microvm's devices are below 4 GiB. */
#include "lab/host/vmcore_arch.h"

const struct vmcore_arch vmcore_arch = {
	.image_at = 0xffffffff80000000,
	.image_bytes = 1ull << 30,
	.direct_at = 0xffff888000000000,
	.low_bytes = 3ull << 30,
};
