/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device-mapper devices of one target, by the kernel's own ioctls: no libdevmapper, no udev. All need root,
 * /dev/mapper/control (the module dm-mod) and the target's module. They return 0 or -errno without a message.
 */
#ifndef FUKA_DM_H
#define FUKA_DM_H

#include <stdint.h>
#include <stddef.h>

/* Makes and starts NAME, which is also its UUID, by which it is found again; path gets its node, "/dev/dm-0". -EINVAL: also when the target's module is missing. */
int dm_create(const char *name, const char *target, const char *params, uint64_t sectors, char *path, size_t size);

/* Lets no request through until it is resumed; dm-delay lets those that it holds through first. */
int dm_suspend(const char *name);
int dm_resume(const char *name);

/* Both are fine when there is no such device, and so fit load_undo(). */
int dm_undo_suspend(const char *name);
int dm_undo_create(const char *name);

#endif
