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
	size_t console_lines; /* of the kernel on the console, not older than the log */
	size_t missing;       /* … of these, not in the log */
	char first[160];      /* the first one missing */
};

/* The kernel's log, one line per line of the console: "[ 8.273973] text". */
struct vmcore_log {
	char **line;
	size_t count, bytes;
};

/* The most lines that are read; no kernel has a longer log. It is a variable for the tests only. */
extern size_t vmcore_lines_max;

/*
 * Rewrites QEMU's headers of an ELF core and reads the log in it. Returns 0, and *out has at least one line; or -errno,
 * and what[0] says what is wrong with the core and *out is unchanged.
 */
int vmcore_log(void *core, size_t n, struct vmcore_log *out, const char **what);
void vmcore_log_free(struct vmcore_log *l);

/*
 * Holds it against the console's text, which is taken apart and has room for one byte behind its n: adds to what struct
 * vmcore has of lines. Sorts the log, which has at least one line.
 */
void vmcore_compare(struct vmcore_log *log, char *console, size_t n, struct vmcore *out);

/*
 * Rewrites the headers of the ELF core at `path`, writes its log to `dmesg`, compares that with the file `console`.
 * 0, or -errno with the reason in why: -EBADMSG when the dump or the log in it is not what it should be.
 */
int vmcore_read(const char *path, const char *console, const char *dmesg, struct vmcore *out, char *why, size_t size);

#endif
