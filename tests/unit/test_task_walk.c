// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Task walks, as recordings have them: of a guest, of a machine with more tasks than a walk looks at, of an older fuka.
 */
#include "collect/parse/task_walk.h"
#include "tests/unit/tap.h"

#include <stdio.h>
#include <string.h>

static const char guest[] = "# pid tgid state policy wchan utime stime rss_kib cgroup comm; those in R or D, and the 5 "
			    "largest; left out 50, "
			    "not looked at 0\n"
			    "91 1 R 1 - 0 5 8552 / init\n"
			    "15 15 R 0 - 3 0 0 / rcu_preempt\n"
			    "88 88 R 0 - 53 0 1092 /fuka.cpu.85 cpu\n"
			    "89 89 R 0 - 53 0 1092 /fuka.cpu.85 cpu\n"
			    "92 92 D 0 kernel_clone 0 0 1084 /fuka.dstate.84 dstate\n"
			    "93 93 D 0 kernel_clone 0 0 1084 /fuka.dstate.84 dstate\n"
			    "94 94 D 0 kernel_clone 0 0 1084 /fuka.dstate.84 dstate\n"
			    "1 1 S 0 do_sys_poll 1 443 8553 / init\n"
			    "@88 [<0>] exit_to_user_mode_prepare+0x17c/0x240\n"
			    "@88 [<0>] irqentry_exit_to_user_mode+0x5/0x30\n";

static const char busy_host[] = "# pid tgid state policy wchan utime stime rss_kib cgroup comm; those in R or D, and "
				"the 5 largest; left out 66, "
				"not looked at 606\n"
				"7421 7421 D 0 kernel_clone 0 0 976 / dstate\n"
				"7422 7422 D 0 kernel_clone 0 0 976 / dsta";

static const char older[] =
	"# pid tgid state policy wchan utime stime rss_kib comm; those in R or D, and the 5 largest; left out 71\n"
	"214 213 D 0 kernel_clone 0 3 1204 a name\n";

static void lines(void)
{
	struct task_walk_text t = task_walk_text(guest, strlen(guest));
	struct task_walk_line l;

	for (int i = 0; i < 5; i++)
		ok(task_walk_next(&t, &l), "line %d", i);
	ok(l.pid == 92 && l.tgid == 92 && l.state == 'D' && l.rss_kib == 1084 && !l.utime && !l.stime, "its figures");
	ok(!strcmp(l.wchan, "kernel_clone") && !strcmp(l.cgroup, "/fuka.dstate.84") && !strcmp(l.comm, "dstate"),
	   "its words");
	for (int i = 5; i < 9; i++)
		ok(task_walk_next(&t, &l), "line %d", i);
	ok(l.pid == 88 && !strcmp(l.frame, "[<0>] exit_to_user_mode_prepare+0x17c/0x240"), "a frame of a stack");
	ok(task_walk_next(&t, &l) && !task_walk_next(&t, &l), "one more, and the end");
}

static void sums(void)
{
	struct task_walk t;
	char text[100];

	task_walk_read(guest, strlen(guest), &t);
	ok(t.running == 4 && t.blocked == 3 && t.others == 50 && t.unseen == 0, "R, D, others");
	ok(t.largest_pid == 1 && t.largest_kib == 8553 && !strcmp(t.largest, "init"), "the largest");
	task_walk_say(&t, text, sizeof(text));
	ok(!strcmp(text, "3 D dstate in kernel_clone of /fuka.dstate.84, 2 R cpu of /fuka.cpu.85, 1 R init, …"),
	   "who: %s", text);
	task_walk_read(busy_host, strlen(busy_host), &t);
	ok(t.blocked == 1 && t.others == 66 && t.unseen == 606, "what was not looked at; half a line is none");
	task_walk_read(older, strlen(older), &t);
	task_walk_say(&t, text, sizeof(text));
	ok(t.others == 71 && t.unseen == 0 && !strcmp(text, "1 D a name in kernel_clone"), "without a cgroup: %s",
	   text);
}

/* The same name, state and wait in two control groups are two kinds. */
static void kinds(void)
{
	static const char text[] = "# pid tgid state policy wchan utime stime rss_kib cgroup comm; those in R or D\n"
				   "91 91 R 0 - 0 5 8 /a cpu\n92 92 R 0 - 0 5 8 /b cpu\n93 93 R 0 - 0 5 8 /b cpu\n";
	struct task_walk t;
	char said[100];

	task_walk_read(text, strlen(text), &t);
	task_walk_say(&t, said, sizeof(said));
	ok(t.kinds == 2 && !strcmp(said, "2 R cpu of /b, 1 R cpu of /a"), "two groups: %s", said);
}

/* As many kinds as there is room for, and one more, which is in the sums all the same. */
static void many_kinds(void)
{
	static char text[80 * (TASKLIST_KINDS + 2)] =
		"# pid tgid state policy wchan utime stime rss_kib cgroup comm; those in R or D\n";
	size_t n = strlen(text);
	struct task_walk t;

	for (int i = 0; i <= TASKLIST_KINDS; i++)
		n += snprintf(text + n, sizeof(text) - n, "%d %d R 0 - 0 5 8 / task%d\n", i + 1, i + 1, i);
	task_walk_read(text, n, &t);
	ok(t.kinds == TASKLIST_KINDS && t.running == TASKLIST_KINDS + 1, "%d kinds of %ld tasks", t.kinds, t.running);
}

int main(void)
{
	lines();
	sums();
	kinds();
	many_kinds();
	return tap_end();
}
