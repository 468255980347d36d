/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks kernels and modules from xz, zstd, lz4 in the legacy frame that the kernel uses, and gzip. Packed bytes are
 * not trusted: their unpacked size is limited, and so is the memory of the decoder.
 */
#ifndef FUKA_UNPACK_H
#define FUKA_UNPACK_H

#include <stddef.h>

#define UNPACK_MAX (512ul << 20) /* limit for a kernel or a module, because a small image may unpack to any size */

/*
 * Returns the format's name by its first bytes, also for formats that cannot be unpacked (bzip2, lzma, lzo); NULL for
 * an unknown one.
 */
const char *unpack_format(const void *bytes, size_t n);

/*
 * Unpacks `n` bytes and writes them to `fd`. After the packed frame only the unpacked size may follow, in four bytes,
 * which the kernel's build appends. `from` is the file's name for messages. Returns 0, or with a message: -ENOTSUP for
 * a format that cannot be unpacked, -ENODATA when the bytes end early, -EBADMSG when they are damaged, -EFBIG beyond
 * UNPACK_MAX, -ENOMEM, or -errno of the write.
 */
int unpack(const char *from, const void *bytes, size_t n, int fd);

#endif
