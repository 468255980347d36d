/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Swap in the guest: makes a swap area on a device and enables it. */
#ifndef FUKA_SWAP_H
#define FUKA_SWAP_H

#include <stdint.h>

/* Makes a swap area on the whole device and enables it. 0 or -errno. */
int swap_device(const char *device);

/* The same on /dev/zram0, compressed memory of that size; the module zram must be loaded. 0 or -errno. */
int swap_zram(int64_t bytes);

#endif
