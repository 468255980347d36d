// SPDX-License-Identifier: GPL-2.0-or-later
/* How an entry of the timeline ended. */
#include "lab/expect/expect.h"
#include "lib/text/logfmt.h"

#include <string.h>

static const struct word words[] = {EXPECT_WORD(status), {0}};

static void text(const struct expectation *e, char *buf, size_t size)
{
	expect_add(buf, size, " status %lld", (long long)e->status);
}

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	char want[32], how[32];

	snprintf(want, sizeof(want), "exit %lld", (long long)e->status);
	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];

		if (strcmp(t->event, "exit") || strcmp(t->id, e->subject) ||
		    !logfmt_get(t->line, t->length, "status", how, sizeof(how)))
			continue;
		SEEN(f, "%s at %.3f s", how, seconds(t->at_ns));
		return judged(!strcmp(how, want));
	}
	bool began = evidence_started(c, e->subject);

	SEEN(f, began ? "it did not end before the scenario did" : "it never started");
	return began && !evidence_lane_lost(c, "timeline") ? JUDGED_NOT_HELD : JUDGED_UNKNOWN;
}

extern const struct expectation_kind expectation_exit;

const struct expectation_kind expectation_exit = {
	.name = "exit",
	.help = "{exit: hog, status: 0}\n",
	.words = words,
	.judge = judge,
	.of_entry = true,
	.text = text,
};
