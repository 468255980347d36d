// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input (collect/sample/task_walk.h); "-" if the kernel does not provide the value; comm may contain spaces:
 *
 *	# pid tgid state policy wchan utime stime rss_kib cgroup comm; …; left out 71, not looked at 0
 *	214 213 D 0 kernel_clone 0 3 1204 /fuka.dstate.2 dstate
 *	@214 [<0>] kernel_clone+0x38a/0x400
 */
#include "collect/parse/task_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct task_walk_text task_walk_text(const char *text, size_t n)
{
	return (struct task_walk_text){.next = text, .end = text + n};
}

static long number_after(const char *line, const char *words)
{
	const char *at = strstr(line, words);

	return at ? strtol(at + strlen(words), NULL, 10) : 0;
}

static void read_head(struct task_walk_text *t, const char *line)
{
	t->grouped = strstr(line, " cgroup ");
	t->left_out = number_after(line, "left out ");
	t->unseen = number_after(line, "not looked at ");
}

static bool read_task(const struct task_walk_text *t, const char *line, struct task_walk_line *out)
{
	int at = 0, group = 0;

	if (sscanf(line, "%d %d %c %*d %39s %lu %lu %ld %n", &out->pid, &out->tgid, &out->state, out->wchan,
		   &out->utime, &out->stime, &out->rss_kib, &at) != 7 ||
	    !at)
		return false;
	strcpy(out->cgroup, "-");
	if (t->grouped && (sscanf(line + at, "%159s %n", out->cgroup, &group) != 1 || !group))
		return false;
	snprintf(out->comm, sizeof(out->comm), "%s", line + at + group);
	return *out->comm;
}

static bool read_frame(const char *line, struct task_walk_line *out)
{
	int at = 0;

	if (sscanf(line, "@%d %n", &out->pid, &at) != 1 || !at)
		return false;
	snprintf(out->frame, sizeof(out->frame), "%s", line + at);
	return *out->frame;
}

bool task_walk_next(struct task_walk_text *t, struct task_walk_line *out)
{
	while (t->next < t->end) {
		const char *from = t->next, *eol = memchr(from, '\n', t->end - from);
		char line[480];

		t->next = eol ? eol + 1 : t->end;
		if (!eol || (size_t)(eol - from) >= sizeof(line))
			continue;
		memcpy(line, from, eol - from);
		line[eol - from] = '\0';
		*out = (struct task_walk_line){0};
		if (*line == '#')
			read_head(t, line);
		else if (*line == '@' ? read_frame(line, out) : read_task(t, line, out))
			return true;
	}
	return false;
}

static bool is_of(const struct task_kind *k, const struct task_walk_line *l)
{
	return k->state == l->state && !strcmp(k->wchan, l->wchan) && !strcmp(k->cgroup, l->cgroup) &&
	       !strcmp(k->comm, l->comm);
}

static void count_kind(struct task_walk *t, const struct task_walk_line *l)
{
	struct task_kind *k = t->kind, *end = t->kind + t->kinds;

	while (k < end && !is_of(k, l))
		k++;
	if (k == t->kind + TASKLIST_KINDS)
		return; /* still counted in the sums */
	if (k == end) {
		*k = (struct task_kind){.state = l->state};
		strcpy(k->wchan, l->wchan);
		strcpy(k->cgroup, l->cgroup);
		strcpy(k->comm, l->comm);
		t->kinds++;
	}
	k->count++;
}

static void count_task(struct task_walk *t, const struct task_walk_line *l)
{
	t->running += l->state == 'R';
	t->blocked += l->state == 'D';
	if (l->state == 'R' || l->state == 'D')
		count_kind(t, l);
	if (l->rss_kib > t->largest_kib) {
		t->largest_kib = l->rss_kib;
		t->largest_pid = l->pid;
		strcpy(t->largest, l->comm);
	}
}

static int by_count(const void *a, const void *b)
{
	const struct task_kind *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->comm, y->comm);
}

void task_walk_read(const char *text, size_t n, struct task_walk *out)
{
	struct task_walk_text t = task_walk_text(text, n);
	struct task_walk_line line;

	*out = (struct task_walk){0};
	while (task_walk_next(&t, &line))
		if (!*line.frame)
			count_task(out, &line);
	out->others = t.left_out;
	out->unseen = t.unseen;
	qsort(out->kind, out->kinds, sizeof(out->kind[0]), by_count);
}

static int say_kind(const struct task_kind *k, char *buf, size_t size)
{
	bool waits = k->state == 'D' && strcmp(k->wchan, "-") != 0;
	bool grouped = strcmp(k->cgroup, "-") && strcmp(k->cgroup, "/");

	return snprintf(buf, size, "%ld %c %s%s%s%s%s", k->count, k->state, k->comm, waits ? " in " : "",
			waits ? k->wchan : "", grouped ? " of " : "", grouped ? k->cgroup : "");
}

void task_walk_say(const struct task_walk *t, char *buf, size_t size)
{
	size_t at = 0;

	*buf = '\0';
	for (int i = 0; i < t->kinds; i++) {
		char one[300];
		size_t n = say_kind(&t->kind[i], one, sizeof(one));

		if (at + n + strlen(", , …") >= size) {
			snprintf(buf + at, size - at, "%s…", at ? ", " : "");
			return;
		}
		at += snprintf(buf + at, size - at, "%s%s", at ? ", " : "", one);
	}
}
