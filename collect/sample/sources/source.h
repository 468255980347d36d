/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source of the sampler: opened once, read at offset 0 at every tick, never parsed in the guest. */
#ifndef FUKA_SOURCES_SOURCE_H
#define FUKA_SOURCES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct source {
	const char *path;                        /* a fixed file … */
	ssize_t (*call)(char *buf, size_t size); /* … or a call instead of one: bytes written, or -1 with errno */
	bool by_line;     /* the kernel hands it out by lines, at most a page a read: read on until its end */
	bool on_request;  /* recorded only when it is asked for by name */
	size_t bytes;     /* what a sample takes at most, about, on a small machine: sizes the lane … */
	size_t bytes_cpu; /* … plus this for each CPU */
};

#endif
