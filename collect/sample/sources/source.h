/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source of the sampler is opened once, read at offset 0 at every tick, and never parsed in the guest. */
#ifndef FUKA_SOURCES_SOURCE_H
#define FUKA_SOURCES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct source {
	const char *path;                        /* a fixed file … */
	ssize_t (*call)(char *buf, size_t size); /* … or a function: returns bytes written, or -1 with errno */
	bool by_line;                            /* a read returns whole lines, at most a page: read until the end */
	bool on_request;                         /* recorded only if requested by name */
	size_t bytes;     /* approximate maximum size of a sample on a small machine, for the size of the lane … */
	size_t bytes_cpu; /* … plus this per CPU */
};

#endif
