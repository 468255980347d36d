/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a parser of a text says of its errors, taken instead of printed: whether each message begins with the place,
 * "fuka: FILE:LINE:COLUMN: ", and whether that place is in the text.
 */
#include "lib/base/say.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int said_pipe[2] = {-1, -1};

/* A message a packet; what is too much for the pipe is dropped. */
static void said_begin(void)
{
	if (said_pipe[0] >= 0)
		return;
	if (pipe2(said_pipe, O_DIRECT | O_NONBLOCK | O_CLOEXEC))
		abort();
	fcntl(said_pipe[1], F_SETPIPE_SZ, 1 << 20);
	say_to(said_pipe[1]);
}

/* In bytes, which are at least as many as characters. The end is a place too, and so is the line after the last. */
static bool said_is_inside(const char *text, size_t n, int line, int column)
{
	const char *p = text, *end = text + n, *eol;

	if (line < 1 || column < 1)
		return false;
	for (; (eol = memchr(p, '\n', end - p)) && line > 1; line--)
		p = eol + 1;
	return line == 1 ? column <= (eol ? eol : end) - p + 1 : line == 2 && column == 1;
}

/* Reads what was said since; aborts when a message has no place, or one outside of the text. Returns how many. */
static int said_check(const char *file, const char *text, size_t n)
{
	char message[4097], name[256];
	int count = 0, line, column, end, before = snprintf(name, sizeof(name), "fuka: %s:", file);
	ssize_t got;

	for (; (got = read(said_pipe[0], message, sizeof(message) - 1)) > 0; count++) {
		message[got] = '\0';
		end = 0;
		if (!strncmp(message, name, before) &&
		    sscanf(message + before, "%9d:%9d: %n", &line, &column, &end) == 2 && end &&
		    said_is_inside(text, n, line, column))
			continue;
		fprintf(stderr, "not a message with a place in the text: %s", message);
		abort();
	}
	return count;
}
