/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Swap in the guest: a swap area is made on a device and switched on. */
#ifndef FUKA_SWAP_H
#define FUKA_SWAP_H

#include <stdint.h>

/* Makes a swap area over the whole device and uses it. -errno. */
int swap_device(const char *device);

/* The same on /dev/zram0, compressed memory of that size; the module zram is loaded. -errno. */
int swap_zram(int64_t bytes);

#endif
