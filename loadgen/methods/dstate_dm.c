// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tasks read from a block device that does not answer. They are iowait and procs_blocked, and PSI counts them.
 *
 * dm: a suspended device-mapper device; disk: one that holds every request for an hour (loadgen/parts/slowdisk.h), like
 * a disk that has stalled. O_DIRECT readers cannot be killed; buffered ones, which wait for a page, die of SIGKILL. The
 * guards resume and remove the device.
 *
 * Needs root and dm-mod, for disk dm-zero and dm-delay too.
 */
#include "loadgen/parts/dm.h"
#include "loadgen/methods/dstate.h"
#include "loadgen/parts/slowdisk.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DISK_BYTES (1 << 20)
#define READ_BYTES 4096

static int open_dm(struct load *l, struct stall *s)
{
	int r = load_undo(l, UNDO_DM_CREATE, s->name);

	r = r ? r : load_undo(l, UNDO_DM_SUSPEND, s->name);
	if (r)
		return r;
	r = dm_create(s->name, "error", "", DISK_BYTES / 512, s->path, sizeof(s->path));
	r = r ? r : dm_suspend(s->name);
	return r ? slowdisk_no_device(l, r, "dstate", "error") : 0;
}

static void release_dm(struct stall *s)
{
	dm_resume(s->name);
}

static int open_disk(struct load *l, struct stall *s)
{
	return slowdisk_make(l, "dstate", s->name, SLOWDISK_STALLED_MS, DISK_BYTES, s->path, sizeof(s->path));
}

static void release_disk(struct stall *s)
{
	slowdisk_let_go(s->name);
}

static void sleep_read(const struct stall *s)
{
	int fd = open(s->path, O_RDONLY | O_CLOEXEC | (s->killable ? 0 : O_DIRECT));
	char *page = aligned_alloc(READ_BYTES, READ_BYTES);

	if (fd < 0 || !page || read(fd, page, READ_BYTES) < 0)
		return; /* the suspended device has no data: an error ends the sleep */
}

const struct stall_way stall_dm = {
	.name = "dm",
	.modules = (const char *const[]){"dm-mod", NULL},
	.iowait = 1,
	.killable = -1,
	.open = open_dm,
	.sleep = sleep_read,
	.release = release_dm,
};

const struct stall_way stall_disk = {
	.name = "disk",
	.modules = slowdisk_modules,
	.iowait = 1,
	.killable = -1,
	.open = open_disk,
	.sleep = sleep_read,
	.release = release_disk,
};
