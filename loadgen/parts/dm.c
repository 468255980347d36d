// SPDX-License-Identifier: GPL-2.0-or-later
#include "loadgen/parts/dm.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CONTROL       "/dev/mapper/control"
#define REMOVE_TRIES  100 /* 20 ms each: the last process that had it open is exiting */
#define MINOR_OF(dev) ((unsigned)((dev & 0xff) | (dev >> 12 & 0xfff00)))

/* One request: the header and, for a table, its only target with its parameters. */
struct dm_request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char params[256];
};

static int ask(unsigned long what, struct dm_request *r)
{
	_cleanup_(sys_closep) int fd = open(CONTROL, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return ioctl(fd, what, r) ? -errno : 0;
}

/* A device is found by its UUID, which is the unique name that it was made with. */
static void prepare(struct dm_request *r, const char *name, uint32_t flags)
{
	*r = (struct dm_request){.head = {.version = {DM_VERSION_MAJOR, 0, 0},
					  .data_size = sizeof(*r),
					  .data_start = sizeof(r->head),
					  .flags = flags}};
	snprintf(r->head.uuid, sizeof(r->head.uuid), "%s", name);
}

static int simple(unsigned long what, const char *name, uint32_t flags)
{
	struct dm_request r;

	prepare(&r, name, flags);
	return ask(what, &r);
}

int dm_create(const char *name, const char *target, const char *params, uint64_t sectors, char *path, size_t size)
{
	struct dm_request r;

	prepare(&r, name, 0);
	snprintf(r.head.name, sizeof(r.head.name), "%s", name);
	int err = ask(DM_DEV_CREATE, &r);
	unsigned minor = MINOR_OF(r.head.dev);

	if (err)
		return err;
	prepare(&r, name, 0);
	r.head.target_count = 1;
	r.target.length = sectors;
	snprintf(r.target.target_type, sizeof(r.target.target_type), "%s", target);
	snprintf(r.params, sizeof(r.params), "%s", params);
	err = ask(DM_TABLE_LOAD, &r);
	err = err ? err : dm_resume(name);
	if (err) {
		dm_undo_create(name);
		return err;
	}
	snprintf(path, size, "/dev/dm-%u", minor);
	return 0;
}

int dm_suspend(const char *name)
{
	return simple(DM_DEV_SUSPEND, name, DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG | DM_NOFLUSH_FLAG);
}

int dm_resume(const char *name)
{
	return simple(DM_DEV_SUSPEND, name, 0);
}

int dm_undo_suspend(const char *name)
{
	int r = dm_resume(name);

	return r == -ENXIO || r == -ENOENT ? 0 : r;
}

int dm_undo_create(const char *name)
{
	int r = simple(DM_DEV_REMOVE, name, 0);

	for (int i = 0; r == -EBUSY && i < REMOVE_TRIES; i++) {
		poll(NULL, 0, 20);
		r = simple(DM_DEV_REMOVE, name, 0);
	}
	return r == -ENXIO || r == -ENOENT ? 0 : r;
}
