// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int say_fd = STDERR_FILENO;

void say_to(int fd)
{
	say_fd = fd;
}

/* One write(2) per message: several processes may speak at once, and a line must stay a line. */
__attribute__((format(printf, 1, 0))) static void vsay(const char *fmt, va_list ap)
{
	char line[4096];
	int n = snprintf(line, sizeof(line), "fuka: ");
	int m = vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);

	n += m < (int)sizeof(line) - n - 1 ? m : (int)sizeof(line) - n - 2;
	line[n++] = '\n';
	if (write(say_fd, line, n) < 0)
		return; /* nobody is listening: there is nobody to tell */
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

/* Length of the UTF-8 character that begins here, 0 when none does: shortest form, no surrogates, to U+10FFFF. */
static int utf8_length(const unsigned char *c)
{
	int n = *c < 0x80                 ? 1
		: *c >= 0xc2 && *c < 0xe0 ? 2
		: *c >= 0xe0 && *c < 0xf0 ? 3
		: *c >= 0xf0 && *c < 0xf5 ? 4
					  : 0;

	for (int i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) || (*c == 0xf0 && c[1] < 0x90) ||
	    (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	return n;
}

void say_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c;) {
		int n = utf8_length(c);

		if (*c == '\n' || *c == '\t' || *c == '\r')
			*c = ' ';
		else if (*c < ' ' || *c == 0x7f || !n)
			*c = '?';
		c += n ? n : 1;
	}
}
