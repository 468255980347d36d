// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/pack/unpack.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK      (256u << 10)
#define MEMORY_MAX (256ull << 20) /* limit of a decoder; the kernel's build uses dictionaries of up to 128 MiB */
#define LZ4_BLOCK  (8u << 20)     /* most bytes that a block of a legacy frame unpacks to */
#define LZ4_MAGIC  0x184c2102u

/* The packed bytes that are left, and where the unpacked ones go. */
struct unpacking {
	const unsigned char *in;
	size_t n;
	unsigned char *chunk; /* LZ4_BLOCK bytes to unpack into */
	size_t wrote;
	int fd;
};

static int put(struct unpacking *u, size_t n)
{
	if (n > UNPACK_MAX - u->wrote)
		return -EFBIG;
	u->wrote += n;
	return sys_write_all(u->fd, u->chunk, n);
}

static uint32_t le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void took(struct unpacking *u, size_t left)
{
	u->in += u->n - left;
	u->n = left;
}

static int unpack_xz(struct unpacking *u)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret got = lzma_stream_decoder(&s, MEMORY_MAX, 0);
	int err = 0;

	s.next_in = u->in;
	s.avail_in = u->n;
	while (got == LZMA_OK && !err) {
		s.next_out = u->chunk;
		s.avail_out = CHUNK;
		got = lzma_code(&s, LZMA_FINISH);
		err = put(u, CHUNK - s.avail_out);
	}
	took(u, s.avail_in);
	lzma_end(&s);
	if (err || got == LZMA_STREAM_END)
		return err;
	return got == LZMA_BUF_ERROR                                 ? -ENODATA
	       : got == LZMA_MEM_ERROR || got == LZMA_MEMLIMIT_ERROR ? -ENOMEM
								     : -EBADMSG;
}

static int unpack_zstd(struct unpacking *u)
{
	ZSTD_DStream *s = ZSTD_createDStream(); /* limits windows to 128 MiB by default */
	ZSTD_inBuffer in = {u->in, u->n, 0};
	size_t left = 1; /* 0 when the frame is complete */
	int err = s ? 0 : -ENOMEM;

	while (!err && left) {
		ZSTD_outBuffer out = {u->chunk, CHUNK, 0};
		size_t before = in.pos;

		left = ZSTD_decompressStream(s, &out, &in);
		if (ZSTD_isError(left))
			err = -EBADMSG;
		else if (left && !out.pos && in.pos == before)
			err = -ENODATA;
		else
			err = put(u, out.pos);
	}
	took(u, in.size - in.pos);
	ZSTD_freeDStream(s);
	return err;
}

static int unpack_gzip(struct unpacking *u)
{
	z_stream s = {.next_in = (unsigned char *)u->in, .avail_in = (unsigned)u->n};
	int err = 0, got = inflateInit2(&s, 16 + MAX_WBITS); /* 16 means gzip's header and trailer */

	if (got != Z_OK)
		return -ENOMEM;
	while (got == Z_OK && !err) {
		s.next_out = u->chunk;
		s.avail_out = CHUNK;
		got = inflate(&s, Z_NO_FLUSH);
		err = put(u, CHUNK - s.avail_out);
	}
	took(u, s.avail_in);
	inflateEnd(&s);
	if (err || got == Z_STREAM_END)
		return err;
	return got == Z_BUF_ERROR ? -ENODATA : got == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

/*
 * lz4's legacy frame has no end mark: after the magic number each block has its packed size in four bytes and that
 * number of bytes. At the end of an image four more bytes have the unpacked size. liblz4's own frames (LZ4F_…) are
 * different.
 */
static int unpack_lz4(struct unpacking *u)
{
	int err = 0;

	took(u, u->n - 4);
	while (u->n && !err && !(u->n == 4 && le32(u->in) == (uint32_t)u->wrote)) {
		uint32_t packed = u->n < 4 ? 0 : le32(u->in);

		if (u->n < 4)
			return -ENODATA;
		took(u, u->n - 4);
		if (packed == LZ4_MAGIC) /* one frame after another */
			continue;
		if (packed > LZ4_COMPRESSBOUND(LZ4_BLOCK))
			return -EBADMSG;
		if (packed > u->n)
			return -ENODATA;
		int n = LZ4_decompress_safe((const char *)u->in, (char *)u->chunk, (int)packed, LZ4_BLOCK);

		err = n < 0 ? -EBADMSG : put(u, n);
		took(u, u->n - packed);
	}
	return err;
}

static const struct packed_format {
	const char *name, *magic;
	size_t magic_length;
	int (*unpack)(struct unpacking *u); /* NULL if only the name is known */
} formats[] = {
	{"xz", "\xfd\x37zXZ", 6, unpack_xz},
	{"zstd", "\x28\xb5\x2f\xfd", 4, unpack_zstd},
	{"lz4", "\x02\x21\x4c\x18", 4, unpack_lz4},
	{"gzip", "\x1f\x8b\x08", 3, unpack_gzip},
	{"bzip2", "BZh", 3, NULL},
	{"lzma", "\x5d\x00\x00", 3, NULL},
	{"lzo", "\x89LZO", 4, NULL},
	{"lz4 (not the kernel's legacy frame)", "\x04\x22\x4d\x18", 4, NULL},
};

static const struct packed_format *format_of(const void *bytes, size_t n)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (n > formats[i].magic_length && !memcmp(bytes, formats[i].magic, formats[i].magic_length))
			return &formats[i];
	return NULL;
}

const char *unpack_format(const void *bytes, size_t n)
{
	const struct packed_format *f = format_of(bytes, n);

	return f ? f->name : NULL;
}

static int tell(const char *from, const struct packed_format *f, const struct unpacking *u, int err)
{
	if (err == -ENODATA)
		return say_err(err, "cannot unpack %s: its %s data end early, after %zu unpacked bytes", from, f->name,
			       u->wrote);
	if (err == -EBADMSG)
		return say_err(err, "cannot unpack %s: its %s data are damaged after %zu unpacked bytes", from, f->name,
			       u->wrote);
	if (err == -EFBIG)
		return say_err(err, "cannot unpack %s: it is packed with %s and is or unpacks to more than %lu MiB",
			       from, f->name, UNPACK_MAX >> 20);
	return say_err(err, "cannot unpack %s (%s): %s", from, f->name, strerror(-err));
}

int unpack(const char *from, const void *bytes, size_t n, int fd)
{
	const struct packed_format *f = format_of(bytes, n);
	_cleanup_(sys_freep) unsigned char *chunk = malloc(LZ4_BLOCK);
	struct unpacking u = {.in = bytes, .n = n, .chunk = chunk, .fd = fd};

	if (!f)
		return say_err(-ENOTSUP, "cannot unpack %s: it is not packed with xz, zstd, lz4 or gzip", from);
	if (!f->unpack)
		return say_err(-ENOTSUP, "cannot unpack %s: it is packed with %s; expected xz, zstd, lz4 or gzip", from,
			       f->name);
	int err = n > UNPACK_MAX ? -EFBIG : chunk ? f->unpack(&u) : -ENOMEM;

	if (!err && u.n && !(u.n == 4 && le32(u.in) == (uint32_t)u.wrote))
		err = -EBADMSG;
	return err ? tell(from, f, &u, err) : 0;
}
