// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/analyse/klog.h"
#include "collect/analyse/events.h"
#include "collect/analyse/klog_merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024

/* --- the console --- */

/* A console line under construction, because frames may end in the middle of a line. */
struct console_line {
	char line[TEXT_MAX];
	size_t n;
};

static int console_bytes(struct console_line *s, const char *bytes, size_t n, int (*take)(void *user, const char *line),
			 void *user)
{
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];

		if (c == '\r' || c == '\0')
			continue;
		if (c != '\n') {
			if (s->n + 1 < sizeof(s->line))
				s->line[s->n++] = c;
			continue;
		}
		s->line[s->n] = '\0';
		s->n = 0;
		int err = take(user, s->line);
		if (err)
			return err;
	}
	return 0;
}

int klog_console(struct recording *r, int (*take)(void *user, const char *line), void *user)
{
	static const char *const sources[] = {"console", NULL};
	struct console_line s = {.n = 0};
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	while (!err && (err = recording_next(c, &f)) == 1)
		err = console_bytes(&s, f.payload, f.head.payload_length, take, user)
			      ?: f.head.flags & FRAME_TRUNCATED ? console_bytes(&s, "\n", 1, take, user)
								: 0;
	recording_cursor_free(c);
	/* the machine may have stopped in the middle of a line, or QEMU before a panic's newline */
	return err ?: console_bytes(&s, "\n", 1, take, user);
}

/* --- the log --- */

bool klog_is_kill(const struct klog_event *e)
{
	return !e->from_user && (e->class == KLOG_oom_kill || e->class == KLOG_memcg_oom);
}

int klog_read(struct recording *r, struct klog *out)
{
	struct klog k = {0};
	struct klog_lines l;
	int err = klog_merge(r, &l);

	if (err)
		return err;
	k.event = calloc(l.count + 1, sizeof(*k.event));
	for (; k.event && k.count < l.count; k.count++)
		k.event[k.count] = l.line[k.count].event;
	k.earlier = l.earlier;
	memcpy(k.left_out, l.left_out, sizeof(k.left_out));
	free(l.line);
	if (!k.event)
		return -ENOMEM;
	*out = k;
	return 0;
}

void klog_free(struct klog *k)
{
	free(k->event);
	*k = (struct klog){0};
}

/* --- whether it panicked --- */

/* Returns 1 if QEMU's GUEST_PANICKED is in the host's lane. */
static int qemu_says(struct recording *r)
{
	struct events t;
	int found = events_read(r, &t);

	if (found)
		return found;
	for (size_t i = 0; i < t.count; i++)
		found |= event_is_panic(&t.event[i]);
	events_free(&t);
	return found;
}

static void say_why(struct klog_panic *p)
{
	const char *why = "";

	if (p->qemu && !p->console)
		why = "QEMU reported GUEST_PANICKED, but the kernel's \"" KLOG_PANIC "…\" is not on the console";
	else if (p->console)
		why = "the console has a kernel panic line, but QEMU reported no GUEST_PANICKED: printed, not panicked";
	else if (p->printed)
		why = "a process printed the panic text; QEMU reported no GUEST_PANICKED and the kernel printed no "
		      "panic line";
	else
		why = "QEMU reported no GUEST_PANICKED, and the console has no kernel panic line";
	snprintf(p->why, sizeof(p->why), "%s", p->qemu && p->console ? "" : why);
}

int klog_panic(struct recording *r, struct klog_panic *out)
{
	struct klog_panic p = {0};
	struct klog_lines l;
	int qemu = qemu_says(r);
	int err = qemu < 0 ? qemu : klog_merge(r, &l);

	if (err)
		return err;
	p.qemu = qemu;
	/* use the last one, because a process can write only before the kernel's own panic line */
	for (size_t i = 0; i < l.count; i++) {
		const struct klog_line *line = &l.line[i];

		if (line->event.class != KLOG_panic)
			continue;
		p.printed |= line->event.from_user;
		if (line->event.from_user || (!line->console && !line->twin))
			continue;
		p.console = true;
		p.at_ns = line->event.at_ns;
		snprintf(p.text, sizeof(p.text), "%s", line->event.text + strlen(KLOG_PANIC));
	}
	free(l.line);
	say_why(&p);
	*out = p;
	return p.qemu && p.console;
}
