// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The inputs are /dev/kmsg, one record per frame: prefix (facility << 3 | level), sequence, µs, flags; text, escaped:
 *
 *	4,512,7901234,-;Out of memory: Killed process 71 (eater) total-vm:260kB, anon-rss:9kB, file-rss:1kB, …
 *	12,513,7902000,-;fuka: marker monotonic_ns=7950123456
 *
 * and the console's bytes, whose lines may straddle frames, with the same records and anything else that was written
 * there:
 *
 *	[    8.273973] Kernel panic - not syncing: System is deadlocked on memory
 *
 * The kernel's records have facility 0; those that a process wrote to /dev/kmsg have another. A line on the console
 * that is missing from a gapless kmsg lane was not printed by the kernel.
 */
#include "collect/analyse/klog_merge.h"
#include "collect/analyse/events.h"
#include "collect/parse/printk.h"
#include "lib/base/array.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKER   "fuka: marker monotonic_ns="
#define TEXT_MAX 1024

struct marker {
	int64_t us, offset_ns; /* CLOCK_MONOTONIC - printk's clock */
};

/* The data of the lines before a kill, from one of the two sources. */
struct oom {
	char invoker[32], constraint[32];
	bool memcg_victim; /* a control group's victim was announced, and its "Killed process" line is next (before 5.1) */
};

struct log {
	struct klog_lines lines;
	struct marker marker[2]; /* the first and the last */
	int markers;
	int64_t first_us, last_us, next_seq; /* of the kmsg lane */
	bool any, hole;
	struct oom kmsg, console;
	size_t kept[KLOG_COUNT], last[KLOG_COUNT]; /* per class: number of lines, and the position of the last one */
	size_t order;
	size_t records; /* number of kmsg lines, which are sorted for twin_of() */
};

/*
 * Keeps the task that invoked the OOM killer and the constraint for the lines that follow:
 *
 *	oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/…,task=memory,pid=103,uid=0
 *
 * Where nothing was killed there is no such line, and the call trace tells a control group's OOM from the machine's. Before 5.1
 * "Memory cgroup out of memory: Kill process 4015 (python) score 1923 or sacrifice child" announces the kill.
 */
static void oom_constraint(struct oom *o, const char *text)
{
	static const char begin[] = "oom-kill:constraint=", announced[] = "Memory cgroup out of memory: Kill process ";
	const char *word = text + strlen(begin);

	if (!strncmp(text, begin, strlen(begin)))
		snprintf(o->constraint, sizeof(o->constraint), "%.*s", (int)strcspn(word, ","), word);
	else if (strstr(text, "mem_cgroup_out_of_memory+"))
		strcpy(o->constraint, "CONSTRAINT_MEMCG");
	else if (!strncmp(text, announced, strlen(announced)))
		o->memcg_victim = true;
}

static void oom_take(struct oom *o, struct klog_event *e)
{
	if (e->class == KLOG_oom_invoked) {
		*o = (struct oom){.constraint = ""};
		snprintf(o->invoker, sizeof(o->invoker), "%s", e->comm);
	}
	if (e->class == KLOG_oom_kill && o->memcg_victim)
		e->class = KLOG_memcg_oom;
	o->memcg_victim = false;
	if (e->class != KLOG_oom_kill && e->class != KLOG_memcg_oom && e->class != KLOG_no_killable)
		return;
	snprintf(e->invoker, sizeof(e->invoker), "%s", o->invoker);
	snprintf(e->constraint, sizeof(e->constraint), "%s", o->constraint);
}

/*
 * Lines kept per class, always including the last one, so that a flood of warnings cannot hide a panic, nor a flood of
 * panic lines the real one.
 */
#define CLASS_MAX 4096

static int line_add(struct log *l, const struct klog_line *add)
{
	struct klog_lines *all = &l->lines;
	int class = add->event.class;

	if (l->kept[class] < CLASS_MAX) {
		if (array_push(all->line, all->count, *add))
			return -ENOMEM;
		l->kept[class]++;
		l->last[class] = all->count - 1;
	} else {
		all->left_out[class]++;
		all->line[l->last[class]] = *add;
	}
	all->line[l->last[class]].order = l->order++;
	return 0;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes the escapes of /dev/kmsg ("\x09"); ends at the record's first newline. Returns the length. */
static size_t unescape(const char *p, const char *end, char *out, size_t size)
{
	size_t n = 0;

	for (; p < end && *p != '\n' && n + 1 < size; p++) {
		if (end - p >= 4 && p[0] == '\\' && p[1] == 'x' && hex(p[2]) >= 0 && hex(p[3]) >= 0) {
			out[n] = (char)(hex(p[2]) << 4 | hex(p[3]));
			if (out[n] == '\n')
				break;
			p += 3;
		} else {
			out[n] = *p;
		}
		n++;
	}
	out[n] = '\0';
	return n;
}

static void marker_add(struct log *l, int64_t us, const char *text)
{
	const char *p = strstr(text, MARKER);
	char *rest;

	if (!p || !isdigit((unsigned char)p[strlen(MARKER)]))
		return;
	errno = 0;
	unsigned long long ns = strtoull(p + strlen(MARKER), &rest, 10);
	if (errno || ns > INT64_MAX / 4)
		return;
	l->marker[l->markers ? 1 : 0] = (struct marker){us, (int64_t)ns - us * 1000};
	l->markers = l->markers ? 2 : 1;
}

/* Adds one record of /dev/kmsg; `earlier`: it is from before the recording. */
static int record_add(struct log *l, const char *bytes, size_t n, bool earlier)
{
	const char *end = bytes + n, *semicolon = memchr(bytes, ';', n);
	unsigned prefix;
	long long seq, us;
	char head[96], text[TEXT_MAX];
	struct klog_line add = {0};

	if (!semicolon || (size_t)(semicolon - bytes) >= sizeof(head))
		return 0;
	memcpy(head, bytes, semicolon - bytes);
	head[semicolon - bytes] = '\0';
	if (sscanf(head, "%9u,%18lld,%18lld", &prefix, &seq, &us) != 3 || us < 0 || us > PRINTK_US_MAX || seq < 0)
		return 0;
	if (l->any && seq != l->next_seq) {
		l->hole = true;
		l->kmsg = (struct oom){.invoker = ""};
	}
	l->next_seq = seq + 1;
	l->first_us = l->any && l->first_us < us ? l->first_us : us;
	l->last_us = l->any && l->last_us > us ? l->last_us : us;
	l->any = true;
	n = unescape(semicolon + 1, end, text, sizeof(text));
	if (prefix >> 3)
		marker_add(l, us, text);
	if (!(prefix >> 3))
		oom_constraint(&l->kmsg, text);
	if (!klog_parse(text, n, &add.event))
		return 0;
	if (!(prefix >> 3))
		oom_take(&l->kmsg, &add.event);
	l->lines.earlier += earlier;
	if (earlier)
		return 0;
	add.us = us;
	add.event.from_user = prefix >> 3 != 0;
	return line_add(l, &add);
}

static int by_twin(const void *a, const void *b)
{
	const struct klog_line *x = a, *y = b;

	return x->us != y->us                     ? (x->us > y->us) - (x->us < y->us)
	       : x->event.class != y->event.class ? (int)x->event.class - (int)y->event.class
						  : (x->order > y->order) - (x->order < y->order);
}

/* Sorts the kmsg records once, so that twin_of() can use bisection. */
static void order_records(struct log *l)
{
	l->records = l->lines.count;
	if (l->lines.count)
		qsort(l->lines.line, l->lines.count, sizeof(*l->lines.line), by_twin);
	bool seen[KLOG_COUNT] = {false};

	for (size_t i = 0; i < l->lines.count; i++) {
		int class = l->lines.line[i].event.class;

		if (!seen[class] || l->lines.line[i].order > l->lines.line[l->last[class]].order)
			l->last[class] = i;
		seen[class] = true;
	}
}

/* Whether kmsg has the same record and no other console line has claimed it; claims it. */
static bool twin_of(struct log *l, const struct klog_line *add)
{
	size_t lo = 0, hi = l->records;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct klog_line *k = &l->lines.line[mid];

		if (k->us < add->us || (k->us == add->us && k->event.class < add->event.class))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == l->records || l->lines.line[lo].us != add->us || l->lines.line[lo].event.class != add->event.class)
		return false;
	size_t at = lo + l->lines.line[lo].twins;
	struct klog_line *k = at < l->records ? &l->lines.line[at] : NULL;

	if (!k || k->console || k->us != add->us || k->event.class != add->event.class)
		return false;
	l->lines.line[lo].twins++;
	k->twin = true;
	return true;
}

/* Adds one line of the console, unless the kmsg lane has the same record. */
static int console_line(void *log, const char *line)
{
	struct log *l = log;
	struct klog_line add = {.console = true};
	const char *text = printk_line(line, &add.us);

	if (text)
		oom_constraint(&l->console, text);
	if (!text || !klog_parse(text, strlen(text), &add.event))
		return 0;
	oom_take(&l->console, &add.event);
	if (twin_of(l, &add))
		return 0;
	add.event.from_user = l->any && !l->hole && add.us >= l->first_us && add.us < l->last_us;
	return line_add(l, &add);
}

static int kmsg_read(struct recording *r, struct log *l, uint64_t t0_ns)
{
	static const char *const sources[] = {"kmsg", NULL};
	bool booted = !recording_meta(r, "host"); /* only fuka collect records the name of a running machine */
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	while (!err && (err = recording_next(c, &f)) == 1)
		err = f.head.type == FRAME_LOG
			      ? record_add(l, f.payload, f.head.payload_length, !booted && f.head.before_ns < t0_ns)
			      : 0;
	recording_cursor_free(c);
	return err;
}

static int by_time(const void *a, const void *b)
{
	const struct klog_line *x = a, *y = b;

	return x->us != y->us ? (x->us > y->us) - (x->us < y->us) : (x->order > y->order) - (x->order < y->order);
}

/* Converts printk's time to the recording's clock, by the last marker at or before the line, else by the first. */
static int64_t on_clock(const struct log *l, int64_t us, uint64_t t0_ns)
{
	int which = l->markers == 2 && l->marker[1].us <= us;
	int64_t offset = l->markers ? l->marker[which].offset_ns : 0, ns = us * 1000 + offset;

	return events_since(ns > 0 ? (uint64_t)ns : 0, t0_ns);
}

int klog_merge(struct recording *r, struct klog_lines *out)
{
	struct log l = {0};
	uint64_t t0_ns = events_zero(r);
	int err = kmsg_read(r, &l, t0_ns);

	order_records(&l);
	if (!err)
		err = klog_console(r, console_line, &l);
	if (err) {
		free(l.lines.line);
		return err;
	}
	if (l.lines.count)
		qsort(l.lines.line, l.lines.count, sizeof(*l.lines.line), by_time);
	for (size_t i = 0; i < l.lines.count; i++)
		l.lines.line[i].event.at_ns = on_clock(&l, l.lines.line[i].us, t0_ns);
	*out = l.lines;
	return 0;
}
