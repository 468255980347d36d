// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/base/printable.h"
#include "lib/base/sys.h"
#include "lib/base/utf8.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_fit(uint32_t c)
{
	return c >= ' ' && (c < 0x7f || c > 0x9f) && c != 0x61c && c != 0x200e && c != 0x200f &&
	       (c < 0x2028 || c > 0x202e) && (c < 0x2066 || c > 0x2069) && c != 0xfeff && (c & 0xfffe) != 0xfffe;
}

size_t printable_length(const char *text, size_t n, bool *fit)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	int length = utf8_length(text, n);
	uint32_t c = (unsigned char)*text & first[length];

	for (int i = 1; i < length; i++)
		c = c << 6 | (text[i] & 0x3f);
	*fit = length && is_fit(c);
	return length ? length : 1;
}

/* --- the stream --- */

#define PIECE 4096

struct filter {
	int fd;
	char held[4]; /* the beginning of an incomplete character or "\r\n" */
	size_t helds;
};

/* Whether these bytes may be the beginning of a character or line end. */
static bool is_begun(const char *p, size_t n)
{
	size_t want = (unsigned char)*p >= 0xf0 ? 4 : (unsigned char)*p >= 0xe0 ? 3 : (unsigned char)*p >= 0xc2 ? 2 : 1;

	return *p == '\r' ? n == 1 : n < want && !utf8_length(p, n);
}

/* Filters p[0, n) into out, which has room for n; holds an incomplete rest. Returns the number of bytes in out. */
static size_t filter(struct filter *f, const char *p, size_t n, char *out)
{
	size_t at = 0;
	bool fit;

	for (size_t i = 0, length; i < n; i += length) {
		length = 1;
		if (n - i < sizeof(f->held) && is_begun(p + i, n - i)) {
			memcpy(f->held, p + i, n - i);
			f->helds = n - i;
			break;
		}
		if (p[i] == '\n' || (p[i] == '\r' && p[i + 1] == '\n')) {
			out[at++] = p[i];
			continue;
		}
		length = printable_length(p + i, n - i, &fit);
		if (fit)
			memcpy(out + at, p + i, length);
		else
			out[at] = p[i] == '\t' ? ' ' : '?';
		at += fit ? length : 1;
	}
	return at;
}

static ssize_t filter_write(void *cookie, const char *bytes, size_t n)
{
	struct filter *f = cookie;
	char in[PIECE + sizeof(f->held)], out[sizeof(in)];

	for (size_t done = 0; done < n;) {
		size_t now = n - done < PIECE ? n - done : PIECE, have = f->helds;

		memcpy(in, f->held, have);
		memcpy(in + have, bytes + done, now);
		f->helds = 0;
		int err = sys_write_all(f->fd, out, filter(f, in, have + now, out));

		if (err) {
			errno = -err;
			return 0;
		}
		done += now;
	}
	return (ssize_t)n;
}

static int filter_close(void *cookie)
{
	free(cookie);
	return 0;
}

/*
 * Keeps a pointer for LeakSanitizer, which does not find the one in the C library. It is volatile because a compiler
 * removes variables that are written and never read.
 */
static struct filter *volatile kept;

FILE *printable_stream(int fd)
{
	static const cookie_io_functions_t functions = {.write = filter_write, .close = filter_close};
	struct filter *f = calloc(1, sizeof(*f));
	FILE *out = f ? fopencookie(f, "w", functions) : NULL;

	if (!out) {
		free(f);
		return NULL;
	}
	f->fd = fd;
	kept = f;
	if (isatty(fd))
		setvbuf(out, NULL, _IOLBF, 0);
	return out;
}
