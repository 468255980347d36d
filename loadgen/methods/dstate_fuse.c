// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A FUSE file system that never answers: its first reader waits interruptibly for the answer, all others in D, not
 * killable, for the first one's directory entry (d_alloc_parallel). This code uses /dev/fuse directly: after the
 * FUSE_INIT handshake it sends nothing more.
 *
 * When the last descriptor of /dev/fuse is closed, however its owner ends, the kernel aborts the connection and all
 * tasks wake up. Needs root (mount) and /dev/fuse.
 */
#include "loadgen/methods/dstate.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUEST_BYTES 65536

static int greet(int fd)
{
	static char request[REQUEST_BYTES];
	struct {
		struct fuse_out_header head;
		struct fuse_init_out init;
	} answer = {.head = {.len = sizeof(answer)},
		    .init = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096}};
	const struct fuse_in_header *in = (const void *)request;

	if (read(fd, request, sizeof(request)) < (ssize_t)sizeof(*in) || in->opcode != FUSE_INIT)
		return errno ? -errno : -EPROTO;
	answer.head.unique = in->unique;
	return write(fd, &answer, sizeof(answer)) == sizeof(answer) ? 0 : -errno;
}

static int open_fuse(struct load *l, struct stall *s)
{
	char options[96];
	int r;

	s->fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (s->fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return load_lacks(l, "/dev/fuse: the module fuse");
	if (s->fd < 0)
		return say_err(-errno, "dstate: /dev/fuse cannot be opened: %s; it needs root and the module fuse",
			       strerror(errno));
	r = load_directory(l, s->path, sizeof(s->path));
	if (r)
		return r;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%d,group_id=%d", s->fd, getuid(), getgid());
	if (mount("fuka", s->path, "fuse", MS_NOSUID | MS_NODEV, options))
		return say_err(-errno, "dstate: a FUSE file system cannot be mounted on %s: %s%s", s->path,
			       strerror(errno), errno == EPERM ? "; it needs root" : "");
	r = greet(s->fd);
	return r ? say_err(r, "dstate: FUSE on %s: FUSE_INIT failed: %s", s->path, strerror(-r)) : 0;
}

/* Closes its copy of the descriptor, which would keep the connection alive. */
static void sleep_fuse(const struct stall *s)
{
	struct stat st;
	char path[160];

	close(s->fd);
	snprintf(path, sizeof(path), "%s/anything", s->path);
	if (stat(path, &st))
		return;
}

static void release_fuse(struct stall *s)
{
	sys_closep(&s->fd);
}

const struct stall_way stall_fuse = {
	.name = "fuse",
	.modules = (const char *const[]){"fuse", NULL},
	.extra = 1,
	.open = open_fuse,
	.sleep = sleep_fuse,
	.release = release_fuse,
};
