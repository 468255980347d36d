// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The task walks: how many tasks were running or in uninterruptible sleep, which and where, and which was the largest
 * in memory; then the busiest task with its kernel stack, as `fuka peek` would have shown it.
 */
#include "collect/analyse/busiest.h"
#include "collect/analyse/events.h"
#include "collect/parse/task_walk.h"
#include "collect/show/views/rows.h"

#include <errno.h>
#include <string.h>

static void print_walk(FILE *out, const struct frame *f, int64_t at_ns)
{
	struct task_walk t;
	char time[32], who[200];

	task_walk_read(f->payload, f->head.payload_length, &t);
	task_walk_say(&t, who, sizeof(who));
	fprintf(out, "%9s%8ld%8ld%8ld%8ld%12ld %-16s %s\n", rows_time(time, sizeof(time), at_ns, 100000000), t.running,
		t.blocked, t.others, t.unseen, t.largest_kib, t.largest, who);
}

static void print_busiest(FILE *out, struct recording *r)
{
	char from[32], to[32];
	struct busiest b;

	if (busiest_read(r, &b))
		return;
	rows_time(from, sizeof(from), b.from_ns, 100000000);
	rows_time(to, sizeof(to), b.to_ns, 100000000);
	fprintf(out,
		"busiest: %s[%d]: %.2f s of CPU from %s to %s; seen R by %ld and D by %ld of %ld walks; wchan %s, "
		"cgroup %s\n",
		b.comm, b.pid, b.cpu_s, from, to, b.running, b.blocked, b.walks, b.wchan, b.cgroup);
	if (*b.stack)
		fprintf(out, "  in the kernel at %s:\n", rows_time(from, sizeof(from), b.stack_ns, 100000000));
	for (const char *line = b.stack; *line; line += strcspn(line, "\n") + 1)
		fprintf(out, "    %.*s\n", (int)strcspn(line, "\n"), line);
}

static int print_one(FILE *out, struct recording *r, const struct view_options *o)
{
	static const char *const sources[] = {"tasks", NULL};
	uint64_t t0_ns = events_zero(r);
	struct recording_cursor *c;
	struct rows rows = {0};
	struct frame f;
	size_t shown = 0;
	int err = rows_make(&r, 1, false, 20, &rows);

	err = err ?: recording_cursor(r, sources, &c);
	if (err) {
		rows_free(&rows);
		return err;
	}
	/* show the first walk at or after each row's time */
	for (size_t k = 0; (err = recording_next(c, &f)) == 1;) {
		int64_t at_ns = events_since(f.head.before_ns, t0_ns);

		if (f.head.type != FRAME_SAMPLE || (!o->all && (k == rows.count || at_ns < rows.at[k])))
			continue;
		while (k < rows.count && rows.at[k] <= at_ns)
			k++;
		if (!shown++)
			fprintf(out, "%9s%8s%8s%8s%8s%12s %-16s %s\n", "time", "R", "D", "others", "unseen",
				"largest kB", "(name)", "R and D");
		print_walk(out, &f, at_ns);
	}
	recording_cursor_free(c);
	rows_free(&rows);
	if (!err && shown)
		print_busiest(out, r);
	return err ? err : shown ? 0 : -ENODATA;
}

int view_tasks(FILE *out, struct recording *const *r, int n, const struct view_options *o)
{
	return rows_each(out, r, n, o, print_one);
}
