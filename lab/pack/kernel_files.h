/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernels and their modules have in common as files, for kernel.c and kernel_modules.c alone. */
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
 * Unpacks `n` bytes of the file `from` to `to`, which is whole or absent afterwards: -EINVAL, said, when they are no ELF
 * file unpacked.
 */
int kernel_file_unpack(const char *from, const void *bytes, size_t n, const char *to);

/* Where what is unpacked from `file` is kept: KIND-SHA in the cache, by the file's content (the first 16 hex digits). */
int kernel_file_cached(const char *kind, const char *file, char **out);

/*
 * An architecture's image of a kernel, in kernel_ARCH.c: whether the file is one; where its packed vmlinux is (-EINVAL: not
 * in the file, *out is what the head says); its release and more, of which at least 256 bytes are in the file, or NULL.
 */
bool kernel_image_is(const struct mapped_file *f);
int kernel_image_payload(const struct mapped_file *f, struct mapped_file *out);
const char *kernel_image_release(const struct mapped_file *f);

#endif
