// SPDX-License-Identifier: GPL-2.0-or-later
#include "loadgen/parts/slowdisk.h"
#include "loadgen/parts/dm.h"
#include "lib/base/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const slowdisk_modules[] = {"dm-mod", "dm-zero", "dm-delay", NULL};

#define SECTOR 512

int slowdisk_no_device(struct load *l, int r, const char *who, const char *target)
{
	if (r == -ENOENT || r == -ENODEV || r == -ENXIO)
		return load_lacks(l, "/dev/mapper/control: the module dm-mod");
	return say_err(r, "%s: no device-mapper device with the target %s: %s%s", who, target, strerror(-r),
		       r == -EACCES || r == -EPERM ? "; it needs root"
		       : r == -EINVAL              ? "; is its module loaded?"
						   : "");
}

/* NAME is dm-linear over NAME.delay, dm-delay, over NAME.zero, dm-zero. */
static void part(const char *name, const char *which, char buf[80])
{
	snprintf(buf, 80, "%.64s.%s", name, which);
}

/* dm-delay submits the requests that it holds when it is suspended. */
int slowdisk_let_go(const char *name)
{
	char delay[80];

	part(name, "delay", delay);
	int r = dm_suspend(delay);

	return r == -ENXIO || r == -ENOENT ? 0 : r ? r : dm_undo_suspend(delay);
}

static int undo_all(struct load *l, const char *name, const char *delay, const char *zero)
{
	int r = load_undo(l, UNDO_DM_CREATE, zero);

	r = r ? r : load_undo(l, UNDO_DM_CREATE, delay);
	r = r ? r : load_undo(l, UNDO_DM_CREATE, name);
	return r ? r : load_undo(l, UNDO_SLOWDISK, name);
}

/* Adds a device on top of the one at *path, and sets path to the new one. */
static int add(struct load *l, const char *who, const char *name, const char *target, const char *params,
	       uint64_t bytes, char *path, size_t size)
{
	char table[128] = "";

	if (*path)
		snprintf(table, sizeof(table), "%.60s %s", path, params);
	int r = dm_create(name, target, table, bytes / SECTOR, path, size);

	return r ? slowdisk_no_device(l, r, who, target) : 0;
}

int slowdisk_make(struct load *l, const char *who, const char *name, int64_t delay_ms, uint64_t bytes, char *path,
		  size_t size)
{
	char delay[80], zero[80], params[32];

	part(name, "delay", delay);
	part(name, "zero", zero);
	int r = undo_all(l, name, delay, zero);

	*path = '\0';
	snprintf(params, sizeof(params), "0 %lld", (long long)delay_ms);
	r = r ? r : add(l, who, zero, "zero", "", bytes, path, size);
	r = r ? r : add(l, who, delay, "delay", params, bytes, path, size);
	return r ? r : add(l, who, name, "linear", "0", bytes, path, size);
}
