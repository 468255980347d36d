/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slow disk without hardware: dm-delay over dm-zero. Each request is answered after the delay, with zeros; a delay of
 * an hour makes a stalled disk. It works on the virtual clock, where the host's disks do not. A dm-linear on top does
 * the I/O accounting: since 5.18 dm-delay counts a request as in flight only once its delay is over.
 *
 * Needs root and the modules dm-mod, dm-zero and dm-delay.
 */
#ifndef FUKA_SLOWDISK_H
#define FUKA_SLOWDISK_H

#include "loadgen/harness/loadgen.h"

#include <stddef.h>
#include <stdint.h>

#define SLOWDISK_STALLED_MS 3600000ll

extern const char *const slowdisk_modules[];

/*
 * Makes the disk NAME; path gets its node, "/dev/dm-2". When the load is over, the requests that it holds are completed
 * and it is removed. -errno with a message that begins with who, or what load_lacks() returns.
 */
int slowdisk_make(struct load *l, const char *who, const char *name, int64_t delay_ms, uint64_t bytes, char *path,
		  size_t size);

/*
 * Completes the requests that it holds now; later ones are delayed as before. 0, also if there is no such disk, or
 * -errno.
 */
int slowdisk_let_go(const char *name);

/* Reports why a device with that target could not be made; returns r, or load_lacks() if there is no device-mapper. */
int slowdisk_no_device(struct load *l, int r, const char *who, const char *target);

#endif
