/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks what kernels and modules come packed in: xz, zstd, lz4 in its legacy frame (the kernel's own), gzip. Packed
 * bytes are not believed: what they unpack to is bounded, and so is the memory for it.
 */
#ifndef FUKA_UNPACK_H
#define FUKA_UNPACK_H

#include <stddef.h>

#define UNPACK_MAX (512ul << 20) /* of a kernel or a module: a small image may unpack to anything */

/* The format's name by its first bytes, also of those that cannot be unpacked (bzip2, lzma, lzo); NULL: none known. */
const char *unpack_format(const void *bytes, size_t n);

/*
 * Writes to `fd` what `n` bytes unpack to. Behind the packed frame nothing may follow, but the unpacked size in four
 * bytes, which the kernel's build appends. `from` is the file's name, for messages. Says its own errors: -ENOTSUP for a
 * format it cannot unpack, -ENODATA when the bytes end early, -EBADMSG when they are damaged, -EFBIG beyond UNPACK_MAX,
 * -ENOMEM, or -errno of the write.
 */
int unpack(const char *from, const void *bytes, size_t n, int fd);

#endif
