// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's timeline, walked by this process: programs that are started, stopped, killed, and what its lane says of them. */
#include "lab/expect/expect.h"
#include "lab/guest/timeline.h"
#include "lib/base/sys.h"
#include "lib/record/recorder.h"
#include "tests/unit/tap.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char text[] = "about: x\nend: 400ms\ntimeline:\n"
			   "  - {at: 0s, id: killed, run: [sh, -c, 'kill -9 $$']}\n"
			   "  - {at: 0s, id: failed, run: [sh, -c, 'exit 3']}\n"
			   "  - {at: 0s, id: score, run: [cat, /proc/self/oom_score_adj], oom_score_adj: 500}\n"
			   "  - {at: 0s, id: group, run: [sh, -c, 'sleep 100 & echo $!; wait']}\n"
			   "  - {at: 100ms, stop: later}\n"
			   "  - {at: 200ms, id: later, run: [echo, late]}\n"
			   "  - {at: 300ms, stop: group}\n";

static char lines[16384]; /* of its lane, less the numbers of processes */
static bool in_order = true;
static uint64_t last_ns;
static long sleeper;
static int exits;

static int take(const struct frame *f, void *user)
{
	const char *payload = f->payload, *pid = memmem(payload, f->head.payload_length, " pid=", 5);
	int n = (int)(pid ? pid - payload : (long)f->head.payload_length);
	const char *rest = pid ? memchr(pid + 1, ' ', payload + f->head.payload_length - pid - 1) : NULL;
	size_t at = strlen(lines);

	(void)user;
	in_order = in_order && f->head.before_ns >= last_ns;
	last_ns = f->head.before_ns;
	snprintf(lines + at, sizeof(lines) - at, "%.*s%.*s\n", n, payload,
		 rest ? (int)(payload + f->head.payload_length - rest) : 0, rest ?: "");
	exits += f->head.payload_length > 11 && !memcmp(payload, "event=exit ", 11);
	if (f->head.payload_length > 9 && !memcmp(payload, "id=group\n", 9))
		sleeper = atol(payload + 9);
	return 0;
}

static void walk(void)
{
	struct follower all = {.layout = {.ring = false}};
	struct scenario *s;
	sigset_t children;

	for (int i = 0; i < LANE_SHARED; i++)
		all.layout.size[i] = 64 << 10;
	void *region = calloc(1, lanes_bytes(&all.layout));

	if (!region || scenario_parse("x.yaml", text, strlen(text), expect_read, &s))
		exit(99);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	lanes_format(region, &all.layout);
	if (timeline_prepare(s, region))
		exit(99);
	timeline_event("event=early");
	timeline_run(sys_now_ns() - 50000000); /* it is told late that it began */
	all.region = region;
	/* once more as long as some program has not come to its end, on a machine that is busy */
	for (int i = 0; follower_read(&all, take, NULL) || (exits < 5 && i < 50); i++)
		timeline_run(sys_now_ns());
	follower_free(&all);
	scenario_free(s);
	free(region);
}

static void said(const char *line, bool is)
{
	if (!ok(!!strstr(lines, line) == is, "%s: %.*s", is ? "it says" : "it does not say", (int)strcspn(line, "\n"),
		line))
		printf("# %s\n", lines);
}

/* It is an orphan then, which somebody else reaps. */
static bool is_gone(long pid)
{
	for (int i = 0; i < 200; i++) {
		if (sys_task_state(pid) == '?' || sys_task_state(pid) == 'Z')
			return true;
		usleep(10000);
	}
	return false;
}

int main(void)
{
	walk();
	ok(in_order, "its frames are in the order of time, also where it is told late");
	said("event=exit id=killed status=\"signal 9\"\n", true);
	said("event=exit id=failed status=\"exit 3\"\n", true);
	said("id=score\n500\n", true);
	said("event=stop id=later", false);
	said("id=later\nlate\n", true);
	said("event=stop id=group\n", true);
	said("event=exit id=group status=\"signal 15\"\n", true);
	ok(sleeper > 0 && is_gone(sleeper), "what a program started is stopped with it");
	return tap_end();
}
