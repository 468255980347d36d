// SPDX-License-Identifier: GPL-2.0-or-later
/* Holds if a program of the scenario printed this. */
#include "lab/expect/expect.h"
#include "collect/analyse/program_output.h"

#include <stdlib.h>
#include <string.h>

static const struct word words[] = {EXPECT_WORD(id), {0}};

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	size_t left_out;
	char *text = program_output_of(c->r, e->id, &left_out);
	const char *hit = text ? strstr(text, e->subject) : NULL;
	size_t n = text ? strlen(text) : 0;
	enum judgement j = hit ? JUDGED_HELD : JUDGED_NOT_HELD;

	if (hit)
		SEEN(f, "printed: %.*s", (int)strcspn(hit, "\n"), hit);
	else
		SEEN(f, "not printed; the last of %zu bytes: %.200s", n, text ? text + (n > 200 ? n - 200 : 0) : "");
	if (!hit && (!text || left_out || !evidence_started(c, e->id) || evidence_lane_lost(c, "timeline"))) {
		SEEN(f, "not found in the recorded output, but %s",
		     !text                        ? "the output cannot be read"
		     : left_out                   ? "it is longer than the limit"
		     : evidence_started(c, e->id) ? "the timeline's lane lost frames"
						  : "no program that could print it started");
		j = JUDGED_UNKNOWN;
	}
	free(text);
	return j;
}

extern const struct expectation_kind expectation_output;

const struct expectation_kind expectation_output = {
	.name = "output",
	.help = "{output: PART, id: hog}                what a program printed\n",
	.words = words,
	.judge = judge,
	.of_program = true,
};
