// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/busiest.h"
#include "collect/events.h"
#include "collect/tasklist.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_HZ 100.0

struct seen {
	struct busiest b;
	unsigned long first, last; /* ticks */
};

struct crowd {
	struct seen *seen;
	size_t count, next; /* where the next is looked for first: walks list tasks in the same order */
	long walks;
};

static struct seen *find(struct crowd *c, int pid, const char *comm)
{
	for (size_t k = 0; k < c->count; k++) {
		size_t i = (c->next + k) % c->count;

		if (c->seen[i].b.pid != pid || strcmp(c->seen[i].b.comm, comm))
			continue;
		c->next = i + 1;
		return &c->seen[i];
	}
	struct seen *more = realloc(c->seen, (c->count + 1) * sizeof(*more));

	if (!more)
		return NULL;
	c->seen = more;
	more += c->count++;
	*more = (struct seen){.b = {.pid = pid, .wchan = "-"}};
	snprintf(more->b.comm, sizeof(more->b.comm), "%s", comm);
	return more;
}

/*
 * The sampler's own threads, one of which is R in every walk, because it walks. `fuka collect` names its process; in a
 * guest they are PID 1's threads but the first: what PID 1 does as a load is of that one.
 */
static bool is_sampler(int pid, int tgid, const char *comm)
{
	return !strcmp(comm, "fuka-sampler") || (tgid == 1 && pid != 1);
}

static void take_task(struct crowd *c, const struct tasklist_line *l, int64_t at_ns)
{
	if ((l->state != 'R' && l->state != 'D') || is_sampler(l->pid, l->tgid, l->comm))
		return;
	struct seen *s = find(c, l->pid, l->comm);

	if (!s)
		return;
	if (!s->b.running && !s->b.blocked) {
		s->first = l->utime + l->stime;
		s->b.from_ns = at_ns;
	}
	s->last = l->utime + l->stime;
	s->b.to_ns = at_ns;
	s->b.running += l->state == 'R';
	s->b.blocked += l->state == 'D';
	strcpy(s->b.cgroup, l->cgroup);
	if (strcmp(l->wchan, "-"))
		strcpy(s->b.wchan, l->wchan);
}

/* A frame goes to the task of the walk whose line came before. */
static void take_frame(struct crowd *c, const struct tasklist_line *l, int64_t at_ns)
{
	for (size_t i = 0; i < c->count; i++) {
		struct busiest *b = &c->seen[i].b;

		if (b->pid != l->pid || b->to_ns != at_ns)
			continue;
		size_t n = b->stack_ns == at_ns ? strlen(b->stack) : 0;

		b->stack_ns = at_ns;
		snprintf(b->stack + n, sizeof(b->stack) - n, "%s\n", l->frame);
	}
}

static void take_walk(struct crowd *c, const struct frame *f, int64_t at_ns)
{
	struct tasklist_text t = tasklist_text(f->payload, f->head.payload_length);
	struct tasklist_line line;

	c->walks++;
	while (tasklist_next(&t, &line))
		if (*line.frame)
			take_frame(c, &line, at_ns);
		else
			take_task(c, &line, at_ns);
}

static bool is_busier(const struct seen *a, const struct seen *b)
{
	unsigned long x = a->last - a->first, y = b->last - b->first;

	return x != y ? x > y : a->b.blocked > b->b.blocked;
}

int busiest_read(struct recording *r, struct busiest *out)
{
	static const char *const sources[] = {"tasks", NULL};
	struct recording_cursor *cursor;
	struct crowd c = {0};
	struct frame f;
	uint64_t t0_ns = events_zero(r);
	const struct seen *most = NULL;
	int err = recording_cursor(r, sources, &cursor);

	if (err)
		return err;
	while ((err = recording_next(cursor, &f)) == 1)
		if (f.head.type == FRAME_SAMPLE)
			take_walk(&c, &f, events_since(f.head.before_ns, t0_ns));
	recording_cursor_free(cursor);
	for (size_t i = 0; i < c.count; i++)
		if (!most || is_busier(&c.seen[i], most))
			most = &c.seen[i];
	if (most && !err) {
		*out = most->b;
		out->walks = c.walks;
		out->cpu_s = (most->last - most->first) / USER_HZ;
	}
	free(c.seen);
	return err ? err : most ? 0 : -ENODATA;
}
