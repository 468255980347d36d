// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines such as "[   12.345678] WARNING: CPU: 0 PID: 17 at crash.c:28 act_warn+0x1b/0x30 [fuka]". */
#include "lab/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *all_bytes(struct recording *r, size_t *bytes)
{
	static const char *const sources[] = {"console", NULL};
	struct recording_cursor *c;
	struct frame f;
	char *text = calloc(1, 1);
	size_t n = 0;

	if (recording_cursor(r, sources, &c))
		return text;
	while (text && recording_next(c, &f) == 1) {
		char *more = realloc(text, n + f.head.payload_length + 1);

		if (!more)
			break;
		text = more;
		memcpy(text + n, f.payload, f.head.payload_length);
		n += f.head.payload_length;
	}
	recording_cursor_free(c);
	*bytes = n;
	return text;
}

bool console_judge(struct recording *r, const char *part, char *seen, size_t size)
{
	size_t n = 0, part_bytes = strlen(part);
	char *text = all_bytes(r, &n), *end = text + n;
	bool held = false;

	snprintf(seen, size, "no such line");
	for (char *line = text, *next; text && line < end && !held; line = next) {
		char *stop = memchr(line, '\n', end - line);

		stop = stop ? stop : end;
		next = stop + 1;
		held = *line == '[' && memmem(line, stop - line, part, part_bytes);
		if (held)
			snprintf(seen, size, "%.*s", (int)(stop - line - (stop > line && stop[-1] == '\r')), line);
	}
	free(text);
	return held;
}
