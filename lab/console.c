// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines such as "[   12.345678] WARNING: CPU: 0 PID: 17 at crash.c:28 act_warn+0x1b/0x30 [fuka]". */
#include "lab/console.h"
#include "collect/klog.h"

#include <stdio.h>
#include <string.h>

struct search {
	const char *part;
	char *seen;
	size_t size;
};

static int look(void *user, const char *line)
{
	struct search *s = user;

	if (*line != '[' || !strstr(line, s->part))
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

enum judgement console_judge(struct recording *r, const char *part, char *seen, size_t size)
{
	struct search s = {part, seen, size};
	int extent = console_extent(r), found = extent < 0 ? extent : klog_console(r, look, &s);

	if (found == 1)
		return JUDGED_HELD;
	if (found < 0)
		snprintf(seen, size, "the console cannot be read: %s", strerror(-found));
	else if (extent == CONSOLE_NONE)
		snprintf(seen, size, "the recording has no console");
	else if (extent == CONSOLE_CUT)
		snprintf(seen, size, "no such line in what was recorded of a console that was too long");
	else
		snprintf(seen, size, "no such line");
	return found < 0 || extent != CONSOLE_WHOLE ? JUDGED_UNKNOWN : JUDGED_NOT_HELD;
}
