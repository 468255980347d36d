// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/say.h"
#include "lib/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

void say_printable(char *text)
{
	for (char *c = text; *c;) {
		int n = utf8_length(c, strnlen(c, 4));

		if (*c == '\n' || *c == '\t' || *c == '\r')
			*c = ' ';
		else if ((unsigned char)*c < ' ' || *c == 0x7f || !n)
			*c = '?';
		c += n ? n : 1;
	}
}
