/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's memory after a panic, as QEMU dumped it: made into a file that crash, drgn and makedumpfile read, and the
 * kernel's log taken out of it, to be held against the console.
 */
#ifndef FUKA_VMCORE_H
#define FUKA_VMCORE_H

#include <stddef.h>
#include <stdint.h>

struct vmcore {
	uint64_t bytes;
	size_t log_lines;     /* in the dump */
	size_t console_lines; /* of the kernel's on the console that are not older than the log */
	size_t missing;       /* … and not in the log */
	char first[160];      /* the first of these */
};

/*
 * Rewrites the headers of the ELF core at `path`, writes its log to `dmesg`, compares that with the file `console`.
 * 0, or -errno with the reason in why: -EBADMSG when the dump or the log in it is not what it should be.
 */
int vmcore_read(const char *path, const char *console, const char *dmesg, struct vmcore *out, char *why, size_t size);

#endif
