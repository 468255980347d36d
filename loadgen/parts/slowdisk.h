/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk that takes its time, made of nothing: dm-delay over dm-zero. Each request is answered after the delay, with
 * zeros; an hour is a disk that has stalled. Works on the virtual clock, where the host's disks do not. A dm-linear on
 * top keeps the books: since 5.18 dm-delay counts a request as in flight only once its delay is over.
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
 * Makes the disk NAME; path gets its node, "/dev/dm-2". It is removed when the load is over, and what it holds is let
 * go before. -errno with a message that begins with who, or what load_lacks() returns.
 */
int slowdisk_make(struct load *l, const char *who, const char *name, int64_t delay_ms, uint64_t bytes, char *path,
		  size_t size);

/* Answers what it holds, now; what comes later is delayed as before. Fine when there is no such disk. 0 or -errno. */
int slowdisk_let_go(const char *name);

/* Says why a device with that target could not be made; returns r, or load_lacks() when there is no device-mapper. */
int slowdisk_no_device(struct load *l, int r, const char *who, const char *target);

#endif
