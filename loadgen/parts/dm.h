/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device-mapper devices with one target, by the kernel's ioctls, without libdevmapper and udev. All functions need
 * root, /dev/mapper/control (the module dm-mod) and the target's module. They return 0 or -errno without a message.
 */
#ifndef FUKA_DM_H
#define FUKA_DM_H

#include <stdint.h>
#include <stddef.h>

/*
 * Creates and starts the device NAME, whose UUID is NAME too, by which it is found again; path gets its node,
 * "/dev/dm-0". -EINVAL also means that the target's module is missing.
 */
int dm_create(const char *name, const char *target, const char *params, uint64_t sectors, char *path, size_t size);

/* Suspends the device: no request passes until it is resumed; dm-delay first submits those that it holds. */
int dm_suspend(const char *name);
int dm_resume(const char *name);

/* Both return 0 also if there is no such device, as load_undo() needs. */
int dm_undo_suspend(const char *name);
int dm_undo_create(const char *name);

#endif
