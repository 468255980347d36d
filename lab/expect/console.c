// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel message on the console: "[ 12.345678] WARNING: CPU: 0 PID: 17 at crash.c:28 act_warn+0x1b/0x30 [fuka]". */
#include "collect/parse/printk.h"
#include "lab/expect/expect.h"
#include "lab/expect/console.h"

#include <stdio.h>
#include <string.h>

static const struct word words[] = {{0}};

struct console_search {
	const char *part;
	char *seen;
	size_t size;
};

static int look(void *user, const char *line)
{
	struct console_search *s = user;

	int64_t us;
	const char *text = printk_line(line, &us);

	if (!text || !strstr(text, s->part))
		return 0;
	snprintf(s->seen, s->size, "%s", line);
	return 1;
}

int console_extent(struct recording *r)
{
	static const char *const sources[] = {"console", NULL};
	enum console_extent extent = CONSOLE_NONE;
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	while ((err = recording_next(c, &f)) == 1) {
		if (f.head.flags & FRAME_TRUNCATED)
			extent = CONSOLE_CUT;
		else if (extent == CONSOLE_NONE)
			extent = CONSOLE_WHOLE;
	}
	recording_cursor_free(c);
	return err ? err : (int)extent;
}

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	struct console_search s = {e->subject, f->seen, sizeof(f->seen)};
	int found = klog_console(c->r, look, &s), extent = found < 0 ? found : console_extent(c->r);

	if (found == 1)
		return JUDGED_HELD;
	if (extent < 0)
		SEEN(f, "the console cannot be read: %s", strerror(-extent));
	else if (extent == CONSOLE_NONE)
		SEEN(f, "the recording has no console");
	else if (extent == CONSOLE_CUT)
		SEEN(f, "no such line in the recorded part of a console that was too long");
	else
		SEEN(f, "no such line");
	return extent == CONSOLE_WHOLE ? JUDGED_NOT_HELD : JUDGED_UNKNOWN;
}

extern const struct expectation_kind expectation_console;

const struct expectation_kind expectation_console = {
	.name = "console",
	.help = "{console: PART}                        a kernel message on the console\n",
	.words = words,
	.judge = judge,
};
