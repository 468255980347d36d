/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of kernels and of modules, for kernel.c and kernel_modules.c only. */
#ifndef FUKA_KERNEL_FILES_H
#define FUKA_KERNEL_FILES_H

#include "lib/base/sys.h"

#include <stdbool.h>
#include <stddef.h>

#define auto_text _cleanup_(sys_freep) char *

/* A file's bytes, mapped. */
struct mapped_file {
	const unsigned char *at;
	size_t n;
};

int kernel_file_map(const char *path, struct mapped_file *out);
void kernel_file_unmap(struct mapped_file *f);
bool kernel_file_is_elf(const struct mapped_file *f);
bool kernel_file_is_there(const char *path);

/*
 * Unpacks `n` bytes of the file `from` to `to`, which is then whole or absent. Returns -EINVAL with a message when the
 * unpacked file is no ELF file.
 */
int kernel_file_unpack(const char *from, const void *bytes, size_t n, const char *to);

/*
 * Sets *out to the path for the unpacked `file`: KIND-SHA in the cache, with the first 16 hex digits of the file's
 * SHA-256.
 */
int kernel_file_cached(const char *kind, const char *file, char **out);

/*
 * An architecture's kernel image, defined in kernel_ARCH.c: whether the file is one; where its packed vmlinux is
 * (-EINVAL when that is not in the file, and *out is what the head says); and its release with the text after it, at
 * least 256 bytes, or NULL.
 */
bool kernel_image_is(const struct mapped_file *f);
int kernel_image_payload(const struct mapped_file *f, struct mapped_file *out);
const char *kernel_image_release(const struct mapped_file *f);

#endif
