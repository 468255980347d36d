// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel panicked: QEMU reported it, and the console has the panic line with this text. */
#include "lab/expect/expect.h"

#include <string.h>

static const struct word words[] = {EXPECT_WORD(by), {0}};

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	if (!c->panicked) {
		SEEN(f, "no panic: %s", c->panic.why);
		/* QEMU reported a panic, or the end was not recorded: a missing panic line then proves nothing */
		return c->unread || c->klog.left_out[KLOG_panic] || c->panic.qemu || c->events.host_left_out ||
				       !evidence_has(c, true, "ended")
			       ? JUDGED_UNKNOWN
			       : JUDGED_NOT_HELD;
	}
	SEEN(f, "'%s' at %.3f s, by QEMU's GUEST_PANICKED and the console", c->panic.text, seconds(c->panic.at_ns));
	bool this = !strcmp(e->subject, "any") || strstr(c->panic.text, e->subject);

	return judged(this && (e->by_ns < 0 || c->panic.at_ns <= e->by_ns));
}

extern const struct expectation_kind expectation_panic;

const struct expectation_kind expectation_panic = {
	.name = "panic",
	.help = "{panic: \"System is deadlocked on memory\", by: 60s}   part of its text, or any\n",
	.words = words,
	.judge = judge,
};
