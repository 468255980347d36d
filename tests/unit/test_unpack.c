// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unpacking kernels and modules: each format gives back what was packed, with the unpacked size behind it as in a bzImage
 * or without; bytes that end early, are damaged, unpack to too much or are of another format are refused by name.
 */
#include "lab/pack/unpack.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PLAIN 300000
#define MOST  (PLAIN * 2)

static unsigned char plain[PLAIN], packed[MOST];
static char said[512];

/* Neither random nor all the same. */
static void fill(void)
{
	for (size_t i = 0; i < PLAIN; i++)
		plain[i] = (unsigned char)(i * i >> 7 ^ i / 1000);
}

static size_t pack_xz(void)
{
	size_t n = 0;

	return lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, plain, PLAIN, packed, &n, MOST) ? 0 : n;
}

static size_t pack_zstd(void)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	size_t n = ZSTD_compress2(c, packed, MOST, plain, PLAIN);

	ZSTD_freeCCtx(c);
	return ZSTD_isError(n) ? 0 : n;
}

static size_t pack_gzip(void)
{
	z_stream s = {.next_in = plain, .avail_in = PLAIN, .next_out = packed, .avail_out = MOST};

	if (deflateInit2(&s, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY))
		return 0;
	bool ok = deflate(&s, Z_FINISH) == Z_STREAM_END;

	deflateEnd(&s);
	return ok ? s.total_out : 0;
}

static size_t put32(size_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		packed[at + i] = (unsigned char)(v >> 8 * i);
	return at + 4;
}

/* Two blocks, where the kernel's own would have one. */
static size_t pack_lz4(void)
{
	size_t n = put32(0, 0x184c2102);

	for (int half = 0; half < 2; half++) {
		int wrote = LZ4_compress_default((const char *)plain + half * PLAIN / 2, (char *)packed + n + 4,
						 PLAIN / 2, (int)(MOST - n - 4));

		put32(n, wrote);
		n += 4 + wrote;
	}
	return n;
}

static const struct packed_by {
	const char *name;
	size_t (*pack)(void);
	bool checked; /* the format has a checksum of what is in it */
} formats[] = {{"xz", pack_xz, true}, {"zstd", pack_zstd, true}, {"gzip", pack_gzip, true}, {"lz4", pack_lz4, false}};

/* What unpack() says of n packed bytes; *same: they gave the plain ones. */
static int try(size_t n, bool *same)
{
	int fd = memfd_create("unpacked", MFD_CLOEXEC), words = memfd_create("said", MFD_CLOEXEC);
	/* what is read beyond the bytes' end is seen by the sanitizer */
	_cleanup_(sys_freep) unsigned char *exact = malloc(n + !n);

	memcpy(exact, packed, n);
	say_to(words);
	int err = unpack("the/file", exact, n, fd);
	off_t size = lseek(fd, 0, SEEK_END);
	void *got = size == PLAIN ? mmap(NULL, PLAIN, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;

	*same = got != MAP_FAILED && !memcmp(got, plain, PLAIN);
	if (got != MAP_FAILED)
		munmap(got, PLAIN);
	ssize_t length = pread(words, said, sizeof(said) - 1, 0);

	said[length > 0 ? length - 1 : 0] = '\0'; /* without the line's end */
	say_to(STDERR_FILENO);
	close(words);
	close(fd);
	return err;
}

static void whole(const struct packed_by *f)
{
	size_t n = f->pack();
	bool same;

	ok(n > 100 && n < PLAIN, "%s: %zu bytes", f->name, n);
	ok(unpack_format(packed, n) && !strcmp(unpack_format(packed, n), f->name), "%s: known by its first bytes",
	   f->name);
	ok(!try(n, &same) && same && !*said, "%s: gives back what was packed", f->name);
	put32(n, PLAIN);
	ok(!try(n + 4, &same) && same, "%s: with its size behind it, as in a bzImage", f->name);
	put32(n, PLAIN + 1);
	ok(try(n + 4, &same) && strstr(said, "the/file") && strstr(said, f->name), "%s: another size is refused: %s",
	   f->name, said);
}

static void cut_short(const struct packed_by *f)
{
	size_t n = f->pack(), wrong = 0;
	bool same;

	for (size_t at = f->name[0] == 'l' ? 9 : 12; at < n; at += at < 100 || at > n - 20 ? 1 : n / 37)
		wrong += try(at, &same) != -ENODATA || !strstr(said, "end early");
	ok(!wrong && strstr(said, "the/file") && strstr(said, f->name), "%s: cut short anywhere it says so: %s",
	   f->name, said);
}

/* A byte changed: found out, or it made no difference (gzip's head has a time and a flag that nobody needs). */
static void damaged(const struct packed_by *f)
{
	size_t n = f->pack(), passed = 0, found = 0;
	bool same;

	for (size_t at = 8; at < n; at += at < 40 || at > n - 20 ? 1 : n / 37) {
		packed[at] ^= 0x41;
		int err = try(n, &same);

		packed[at] ^= 0x41;
		passed += f->checked && !err && !same;
		found += err == -EBADMSG && strstr(said, "damaged") && strstr(said, f->name);
	}
	ok(!passed, "%s: no damaged byte passes", f->name);
	ok(found > 0, "%s: damage is called that", f->name);
}

static void others(void)
{
	static const struct {
		const char *magic, *name;
	} known[] = {{"BZh91AY&SY", "bzip2"}, {"\x5d\0\0\x80\0....", "lzma"}, {"\x89LZO\0\r\n\x1a", "lzo"}};
	bool same;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		memcpy(packed, known[i].magic, 8);
		ok(try(64, &same) == -ENOTSUP && strstr(said, known[i].name), "%s is refused by name: %s",
		   known[i].name, said);
	}
	memcpy(packed, "#!/bin/s", 8);
	ok(try(64, &same) == -ENOTSUP && !unpack_format(packed, 64), "a script: %s", said);
	memcpy(packed, "\x02\x21\x4c\x18", 4);
	ok(try(4, &same) == -ENOTSUP, "a magic with nothing behind it");
}

/* 65 blocks of 8 MiB each, packed to 32 KiB. */
static void bomb(void)
{
	const size_t block = 8u << 20;
	_cleanup_(sys_freep) char *zeros = calloc(1, block), *one = malloc(block),
				  *all = malloc(65 * (65536ul + 4) + 4);
	int n = LZ4_compress_default(zeros, one, (int)block, (int)block), out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t at = put32(0, 0x184c2102);

	memcpy(all, packed, 4);
	put32(0, n);
	for (int i = 0; i < 65; i++, at += n + 4) {
		memcpy(all + at, packed, 4);
		memcpy(all + at + 4, one, n);
	}
	ok(!unpack("the/bomb", all, at - n - 4, out), "512 MiB are unpacked");
	say_to(out);
	ok(unpack("the/bomb", all, at, out) == -EFBIG, "and no more");
	say_to(STDERR_FILENO);
	close(out);
}

int main(void)
{
	fill();
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		whole(&formats[i]);
		cut_short(&formats[i]);
		damaged(&formats[i]);
	}
	others();
	bomb();
	return tap_end();
}
