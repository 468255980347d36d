// SPDX-License-Identifier: GPL-2.0-or-later
/* A load's reports: lines as they were said, however the pipe cuts them; and the end of the pipe. */
#include "loadgen/harness/loadgen.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char heard[16384];

static void hear(const char *line, void *user)
{
	++*(int *)user;
	strcat(strcat(heard, line), "|");
}

int main(void)
{
	static const char first[] = "ns=1 event=ready\nns=2 event=achieved asked=8 ach",
			  second[] = "ieved=8\nns=3 event=kil";
	int p[2], lines = 0;

	if (pipe(p) || fcntl(p[0], F_SETFL, O_NONBLOCK))
		return 1;
	struct load_handle h = {.report_fd = p[0]};

	load_reports(&h, hear, &lines);
	ok(lines == 0 && h.report_fd == p[0], "nothing said yet: no line, and it waits for nothing");
	ok(write(p[1], first, strlen(first)) > 0, "a line and a half");
	load_reports(&h, hear, &lines);
	ok(lines == 1 && !strcmp(heard, "ns=1 event=ready|"), "the whole one is heard");
	ok(write(p[1], second, strlen(second)) > 0, "its other half, and a beginning");
	load_reports(&h, hear, &lines);
	ok(lines == 2 && !strcmp(heard, "ns=1 event=ready|ns=2 event=achieved asked=8 achieved=8|"),
	   "the halves are one line");
	for (int i = 0; i < 100; i++)
		dprintf(p[1], "%s event=stolen vcpu=%d told_percent=50\n", i ? "ns=4" : "led", i);
	load_reports(&h, hear, &lines);
	ok(lines == 102, "more than the buffer holds, at once: no line is lost");
	close(p[1]);
	load_reports(&h, hear, &lines);
	ok(lines == 102 && h.report_fd == -1, "at its end the pipe is closed");
	load_reports(&h, hear, &lines);
	ok(lines == 102, "and asking again is fine");
	return tap_end();
}
