// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of the source `output`: a first line "id=ID", then bytes as they came. What is looked for may straddle two. */
#include "collect/output.h"
#include "lib/logfmt.h"

#include <stdlib.h>
#include <string.h>

char *output_of(struct recording *r, const char *id)
{
	static const char *const sources[] = {"output", NULL};
	struct recording_cursor *cursor;
	struct frame frame;
	char *text = calloc(1, 1);
	size_t used = 0;

	if (recording_cursor(r, sources, &cursor))
		return text;
	while (text && recording_next(cursor, &frame) > 0) {
		const char *body = memchr(frame.payload, '\n', frame.head.payload_length);
		char whose[64] = "";

		if (!body || (logfmt_get(frame.payload, body - frame.payload, "id", whose, sizeof(whose)) && id &&
			      strcmp(whose, id)))
			continue;
		size_t n = frame.payload + frame.head.payload_length - ++body;
		char *more = realloc(text, used + n + 1);

		if (!more)
			break;
		text = more;
		memcpy(text + used, body, n);
		used += n;
		text[used] = '\0';
	}
	recording_cursor_free(cursor);
	return text;
}
