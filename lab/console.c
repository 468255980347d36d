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

bool console_judge(struct recording *r, const char *part, char *seen, size_t size)
{
	struct search s = {part, seen, size};

	snprintf(seen, size, "no such line");
	return klog_console(r, look, &s) == 1;
}
