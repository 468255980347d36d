// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/analyse/busiest.h"
#include "collect/analyse/events.h"
#include "collect/parse/task_walk.h"
#include "collect/sample/sampler.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_HZ 100.0

struct seen {
	struct busiest b;
	unsigned long first, last; /* ticks */
};

#define TASKS_MAX 16384 /* maximum number of tasks kept: 22 MiB */

struct seen_tasks {
	void *tree; /* of struct seen, tsearch(3) */
	size_t count;
	long walks;
	int framed;        /* pid of the task whose stack this walk has; 0: none yet */
	struct seen *last; /* that task, or NULL */
	const struct seen *most;
};

static int by_task(const void *a, const void *b)
{
	const struct busiest *x = &((const struct seen *)a)->b, *y = &((const struct seen *)b)->b;

	return x->pid != y->pid ? (x->pid > y->pid) - (x->pid < y->pid) : strcmp(x->comm, y->comm);
}

static struct seen *find(struct seen_tasks *c, int pid, const char *comm)
{
	struct seen key = {.b = {.pid = pid, .wchan = "-"}}, **found, *new;

	snprintf(key.b.comm, sizeof(key.b.comm), "%s", comm);
	found = tfind(&key, &c->tree, by_task);
	if (found || c->count == TASKS_MAX)
		return found ? *found : NULL;
	new = malloc(sizeof(*new));
	if (!new)
		return NULL;
	*new = key;
	if (!tsearch(new, &c->tree, by_task)) {
		free(new);
		return NULL;
	}
	c->count++;
	return new;
}

/*
 * Recognizes the sampler's own threads, one of which is R in every walk, because it walks. `fuka collect` names its
 * process; in a guest they are all threads of PID 1 but the first, whose CPU time may be a load's.
 */
static bool is_sampler(int pid, int tgid, const char *comm)
{
	return !strcmp(comm, SAMPLER_COMM) || (tgid == 1 && pid != 1);
}

static void take_task(struct seen_tasks *c, const struct task_walk_line *l, int64_t at_ns)
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

struct task_search {
	int pid;
	int64_t at_ns;
	struct seen *found;
};

static void look_for(const void *node, VISIT visit, void *user)
{
	struct seen *s = *(struct seen *const *)node;
	struct task_search *q = user;

	if ((visit == leaf || visit == postorder) && s->b.pid == q->pid && s->b.to_ns == q->at_ns)
		q->found = s;
}

/* Finds a task of this walk; called once per walk. */
static struct seen *find_pid(struct seen_tasks *c, int pid, int64_t at_ns)
{
	struct task_search q = {.pid = pid, .at_ns = at_ns};

	twalk_r(c->tree, look_for, &q);
	return q.found;
}

/* Adds a stack frame to the task of this walk to which it belongs. */
static void take_frame(struct seen_tasks *c, const struct task_walk_line *l, int64_t at_ns)
{
	struct seen *s = c->last;

	if (c->framed && c->framed != l->pid)
		return;
	if (!c->framed)
		s = c->last = find_pid(c, l->pid, at_ns);
	c->framed = l->pid;
	if (!s)
		return;
	struct busiest *b = &s->b;
	size_t n = b->stack_ns == at_ns ? strlen(b->stack) : 0;

	b->stack_ns = at_ns;
	snprintf(b->stack + n, sizeof(b->stack) - n, "%s\n", l->frame);
}

static void take_walk(struct seen_tasks *c, const struct frame *f, int64_t at_ns)
{
	struct task_walk_text t = task_walk_text(f->payload, f->head.payload_length);
	struct task_walk_line line;

	c->walks++;
	c->framed = 0;
	while (task_walk_next(&t, &line))
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

static void choose(const void *node, VISIT visit, void *user)
{
	const struct seen *s = *(struct seen *const *)node;
	struct seen_tasks *c = user;

	if ((visit == leaf || visit == postorder) && (!c->most || is_busier(s, c->most)))
		c->most = s;
}

int busiest_read(struct recording *r, struct busiest *out)
{
	static const char *const sources[] = {"tasks", NULL};
	struct recording_cursor *cursor;
	struct seen_tasks c = {.count = 0};
	struct frame f;
	uint64_t t0_ns = events_zero(r);
	int err = recording_cursor(r, sources, &cursor);

	if (err)
		return err;
	while ((err = recording_next(cursor, &f)) == 1)
		if (f.head.type == FRAME_SAMPLE)
			take_walk(&c, &f, events_since(f.head.before_ns, t0_ns));
	recording_cursor_free(cursor);
	twalk_r(c.tree, choose, &c);
	if (c.most && !err) {
		*out = c.most->b;
		out->walks = c.walks;
		out->cpu_s = (c.most->last - c.most->first) / USER_HZ;
	}
	err = err ? err : c.most ? 0 : -ENODATA;
	tdestroy(c.tree, free);
	return err;
}
