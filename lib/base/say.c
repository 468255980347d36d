// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/base/say.h"
#include "lib/base/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int say_fd = STDERR_FILENO;
static char *kept;
static size_t kept_size;

void say_to(int fd)
{
	say_fd = fd;
}

void say_into(char *buf, size_t size)
{
	kept = buf;
	kept_size = size;
}

/* One write(2) per message, so that lines of several processes do not mix. */
__attribute__((format(printf, 1, 0))) static void vsay(const char *fmt, va_list ap)
{
	char line[4096];
	int n = snprintf(line, sizeof(line), "fuka: ");
	int m = vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);

	n += m < (int)sizeof(line) - n - 1 ? m : (int)sizeof(line) - n - 2;
	say_printable(line);
	if (kept) {
		snprintf(kept, kept_size, "%s", line + strlen("fuka: "));
		return;
	}
	n = strlen(line);
	line[n++] = '\n';
	if (write(say_fd, line, n) < 0)
		return; /* there is no other place to report that */
}

int say_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	return err;
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void say_die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	exit(status);
}

void say_printable(char *text)
{
	size_t left = strlen(text), length;
	char *to = text;
	bool fit;

	for (const char *c = text; left; c += length, left -= length) {
		length = printable_length(c, left, &fit);
		if (fit)
			memmove(to, c, length);
		else
			*to = *c == '\n' || *c == '\t' || *c == '\r' ? ' ' : '?';
		to += fit ? length : 1;
	}
	*to = '\0';
}
