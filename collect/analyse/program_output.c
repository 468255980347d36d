// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames of the source `output` have a first line "id=ID", then the bytes unchanged. They are concatenated, because a
 * text may straddle two frames.
 */
#include "collect/analyse/program_output.h"
#include "lib/text/logfmt.h"

#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX (32u << 20) /* limit of what is kept */

/* Appends the bytes of one frame. */
static int append(char **text, size_t *used, size_t *capacity, const char *bytes, size_t n)
{
	if (*used + n + 1 > *capacity) {
		size_t more = *capacity * 2 > *used + n + 1 ? *capacity * 2 : *used + n + 1;
		char *grown = realloc(*text, more);

		if (!grown)
			return -1;
		*text = grown;
		*capacity = more;
	}
	for (size_t i = 0; i < n; i++)
		(*text)[(*used)++] = bytes[i] ? bytes[i] : ' '; /* so that a NUL does not end a search */
	(*text)[*used] = '\0';
	return 0;
}

char *program_output_of(struct recording *r, const char *id, size_t *left_out)
{
	static const char *const sources[] = {"output", NULL};
	struct recording_cursor *cursor;
	struct frame frame;
	char *text = calloc(1, 1);
	size_t used = 0, capacity = 1;

	*left_out = 0;
	if (recording_cursor(r, sources, &cursor))
		return text;
	while (text && recording_next(cursor, &frame) > 0) {
		const char *body = memchr(frame.payload, '\n', frame.head.payload_length);
		char whose[64] = "";

		if (!body || (logfmt_get(frame.payload, body - frame.payload, "id", whose, sizeof(whose)) && id &&
			      strcmp(whose, id)))
			continue;
		size_t n = frame.payload + frame.head.payload_length - ++body;

		if (used + n > OUTPUT_MAX || append(&text, &used, &capacity, body, n))
			*left_out += n;
	}
	recording_cursor_free(cursor);
	return text;
}
