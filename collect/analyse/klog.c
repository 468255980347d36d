// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The inputs. /dev/kmsg, one record a frame: prefix (facility << 3 | level), sequence, µs, flags; text, escaped:
 *
 *	4,512,7901234,-;Out of memory: Killed process 71 (eater) total-vm:260kB, anon-rss:9kB, file-rss:1kB, …
 *	12,513,7902000,-;fuka: marker monotonic_ns=7950123456
 *
 * and the console's bytes, lines that may straddle frames, with the same records and whatever else was written there:
 *
 *	[    8.273973] Kernel panic - not syncing: System is deadlocked on memory
 *
 * The kernel's records have facility 0; what comes through /dev/kmsg from a process has another. What stands only on
 * the console although the kmsg lane covers its time without a hole was not printed by the kernel either.
 */
#include "collect/analyse/klog.h"
#include "collect/analyse/events.h"
#include "lib/text/logfmt.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PANIC    "Kernel panic - not syncing: "
#define KILLED   "Killed process "
#define INVOKED  " invoked oom-killer: "
#define REFUSED  ": page allocation failure: "
#define TASK     "INFO: task "
#define BLOCKED  " blocked for more than "
#define MARKER   "fuka: marker monotonic_ns="
#define PID_MAX  (1 << 22)
#define CPU_MAX  8191
#define TEXT_MAX 1024
#define US_MAX   (INT64_MAX / 4 / 1000)

const char *klog_word(enum klog_class c)
{
	static const char *const words[] = {
#define CLASS(id, word, what) [KLOG_##id] = word,
		KLOG_CLASSES
#undef CLASS
	};

	return c < KLOG_COUNT ? words[c] : NULL;
}

const char *klog_what(enum klog_class c)
{
	static const char *const whats[] = {
#define CLASS(id, word, what) [KLOG_##id] = what,
		KLOG_CLASSES
#undef CLASS
	};

	return c < KLOG_COUNT ? whats[c] : NULL;
}

int klog_class(const char *word)
{
	for (int c = 0; c < KLOG_COUNT; c++)
		if (!strcmp(word, klog_word(c)))
			return c;
	return -ENOENT;
}

/* --- one line --- */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* ": 0002 [#1]", as every oops of x86 has it: "Oops: 0002 [#1] …", "invalid opcode: 0000 [#1] …". */
static bool is_die(const char *text)
{
	for (const char *p = strstr(text, " [#"); p; p = strstr(p + 1, " [#"))
		if (p - text >= 6 && isxdigit((unsigned char)p[-1]) && isxdigit((unsigned char)p[-4]) && p[-5] == ' ' &&
		    p[-6] == ':' && isdigit((unsigned char)p[3]))
			return true;
	return false;
}

static int classify(const char *t)
{
	if (begins(t, PANIC))
		return KLOG_panic;
	if (begins(t, "Memory cgroup out of memory: " KILLED))
		return KLOG_memcg_oom;
	if ((begins(t, "Out of memory") && strstr(t, ": " KILLED)) || begins(t, KILLED))
		return KLOG_oom_kill;
	if (begins(t, "Out of memory and no killable processes"))
		return KLOG_no_killable;
	if (strstr(t, INVOKED))
		return KLOG_oom_invoked;
	if (strstr(t, "BUG: soft lockup"))
		return KLOG_soft_lockup;
	if (strstr(t, "INFO: rcu") && strstr(t, "stall"))
		return KLOG_rcu_stall;
	if (begins(t, TASK) && strstr(t, BLOCKED))
		return KLOG_hung_task;
	if (strstr(t, REFUSED))
		return KLOG_page_alloc;
	if (begins(t, "kernel BUG at ") || begins(t, "BUG: "))
		return KLOG_bug;
	if (is_die(t))
		return KLOG_oops;
	if (begins(t, "WARNING: "))
		return KLOG_warning;
	return -1;
}

/* The whole number behind a word of the line, followed by `unit`; -1 when there is none up to `most`. */
static int64_t number(const char *text, const char *word, const char *unit, int64_t most)
{
	const char *p = strstr(text, word);
	char *rest;

	if (!p || !isdigit((unsigned char)p[strlen(word)]))
		return -1;
	errno = 0;
	long long v = strtoll(p + strlen(word), &rest, 10);

	return errno || v > most || !begins(rest, unit) ? -1 : v;
}

static int64_t bytes_of(const char *text, const char *word)
{
	int64_t kib = number(text, word, "kB", 1ll << 40);

	return kib < 0 ? -1 : kib * 1024;
}

/* From `from` up to `to`, which may be the line's end. */
static void name(struct klog_event *e, const char *from, const char *to)
{
	snprintf(e->comm, sizeof(e->comm), "%.*s", (int)(to - from), from);
}

/* A comm may hold anything, the words behind it too: it ends before the last of these. */
static const char *last(const char *text, const char *word)
{
	const char *found = NULL;

	for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
		found = p;
	return found;
}

/* "COMM:PID", which ends at `end`: a kworker's comm has colons of its own. */
static void name_and_pid(struct klog_event *e, const char *from, const char *end)
{
	const char *colon = end;
	char *rest;

	while (colon > from && *colon != ':')
		colon--;
	long pid = *colon == ':' && isdigit((unsigned char)colon[1]) ? strtol(colon + 1, &rest, 10) : 0;

	if (pid <= 0 || pid > PID_MAX || rest != end)
		return;
	e->pid = (int)pid;
	name(e, from, colon);
}

/* "Killed process 71 (a (odd) name) total-vm:260kB, anon-rss:9kB, file-rss:1kB, shmem-rss:0kB, …" */
static void say_victim(struct klog_event *e)
{
	const char *open = strchr(strstr(e->text, KILLED), '('), *close = open ? last(open, ") total-vm") : NULL;
	const char *sizes = close ? close : e->text;
	int64_t pid = number(e->text, KILLED, "", PID_MAX);

	e->pid = pid > 0 ? (int)pid : 0;
	if (open && !close)
		close = strchr(open, ')');
	if (close)
		name(e, open + 1, close);
	e->vm_bytes = bytes_of(sizes, "total-vm:");
	e->anon_bytes = bytes_of(sizes, "anon-rss:");

	int64_t file = bytes_of(sizes, "file-rss:"), shmem = bytes_of(sizes, "shmem-rss:");

	if (e->anon_bytes >= 0 || file >= 0 || shmem >= 0)
		e->rss_bytes =
			(e->anon_bytes > 0 ? e->anon_bytes : 0) + (file > 0 ? file : 0) + (shmem > 0 ? shmem : 0);
}

/*
 *	memory invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
 *	send: page allocation failure: order:0, mode:0xa20(GFP_ATOMIC), nodemask=(null),cpuset=/,mems_allowed=0
 */
static void say_asked(struct klog_event *e, const char *after_comm, const char *order, const char *mask)
{
	const char *behind = last(e->text, after_comm), *open = strstr(behind, mask), *close;

	name(e, e->text, behind);
	e->order = (int)number(behind, order, ",", 64);
	open = open ? strchr(open, '(') : NULL;
	close = open ? strchr(open, ')') : NULL;
	if (close)
		snprintf(e->gfp, sizeof(e->gfp), "%.*s", (int)(close - open - 1), open + 1);
}

/* "watchdog: BUG: soft lockup - CPU#0 stuck for 11s! [fuka/5:110]" */
static void say_stuck(struct klog_event *e)
{
	const char *open = strstr(e->text, "! ["), *close = open ? last(open, "]") : NULL;

	e->cpu = (int)number(e->text, "CPU#", " ", CPU_MAX);
	e->seconds = (int)number(e->text, " stuck for ", "s!", INT32_MAX);
	if (close)
		name_and_pid(e, open + 3, close);
}

/* "INFO: task kworker/0:1:14 blocked for more than 3 seconds." */
static void say_blocked(struct klog_event *e)
{
	const char *behind = last(e->text, BLOCKED);

	e->seconds = (int)number(behind, BLOCKED, " seconds", INT32_MAX);
	name_and_pid(e, e->text + strlen(TASK), behind);
}

/* "WARNING: CPU: 0 PID: 106 at crash.c:26 act_warn+0x11/0x20 [fuka]" */
static void say_warned(struct klog_event *e)
{
	int64_t pid = number(e->text, " PID: ", " at ", PID_MAX);

	e->cpu = (int)number(e->text, "CPU: ", " ", CPU_MAX);
	e->pid = pid > 0 ? (int)pid : 0;
}

static void say_all(struct klog_event *e)
{
	switch (e->class) {
	case KLOG_oom_kill:
	case KLOG_memcg_oom:
		return say_victim(e);
	case KLOG_oom_invoked:
		return say_asked(e, INVOKED, "order=", "gfp_mask=");
	case KLOG_page_alloc:
		return say_asked(e, REFUSED, "order:", "mode:");
	case KLOG_soft_lockup:
		return say_stuck(e);
	case KLOG_hung_task:
		return say_blocked(e);
	case KLOG_warning:
		return say_warned(e);
	default:
		return;
	}
}

bool klog_parse(const char *line, size_t n, struct klog_event *out)
{
	struct klog_event e = {
		.cpu = -1, .seconds = -1, .order = -1, .vm_bytes = -1, .anon_bytes = -1, .rss_bytes = -1};
	size_t keep = n < sizeof(e.text) - 1 ? n : sizeof(e.text) - 1;
	int class;

	memcpy(e.text, line, keep);
	e.text[keep] = '\0';
	class = classify(e.text);
	if (class < 0)
		return false;
	e.class = class;
	say_all(&e);
	*out = e;
	return true;
}

/* --- the log of one recording --- */

/* A classified line; `us` is printk's time. */
struct line {
	int64_t us;
	size_t order;
	bool console; /* only there */
	bool twin;    /* of kmsg: the console has it too */
	size_t twins; /* of the first of its like: how many of them have one */
	struct klog_event event;
};

struct marker {
	int64_t us, offset_ns; /* CLOCK_MONOTONIC - printk's clock */
};

/* What the lines before a kill said, of one of the two sources. */
struct oom {
	char invoker[32], constraint[32];
};

struct log {
	struct line *line;
	size_t count, earlier;
	struct marker marker[2]; /* the first and the last */
	int markers;
	int64_t first_us, last_us, next_seq; /* of the kmsg lane */
	bool any, hole;
	struct oom kmsg, console;
	size_t kept[KLOG_COUNT], last[KLOG_COUNT];   /* of a class: how many, and where its last one is */
	size_t order, left_out[KLOG_COUNT], records; /* not kept; lines of kmsg, sorted by what a twin has in common */
};

/*
 * Keeps who invoked the OOM killer and its constraint, and gives them to the lines that follow:
 *
 *	oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/…,task=memory,pid=103,uid=0
 */
static void oom_constraint(struct oom *o, const char *text)
{
	static const char begin[] = "oom-kill:constraint=";
	const char *word = text + strlen(begin);

	if (begins(text, begin))
		snprintf(o->constraint, sizeof(o->constraint), "%.*s", (int)strcspn(word, ","), word);
}

static void oom_take(struct oom *o, struct klog_event *e)
{
	if (e->class == KLOG_oom_invoked) {
		*o = (struct oom){.constraint = ""};
		snprintf(o->invoker, sizeof(o->invoker), "%s", e->comm);
	}
	if (e->class != KLOG_oom_kill && e->class != KLOG_memcg_oom && e->class != KLOG_no_killable)
		return;
	snprintf(e->invoker, sizeof(e->invoker), "%s", o->invoker);
	snprintf(e->constraint, sizeof(e->constraint), "%s", o->constraint);
}

/* Kept of each class, and its last one always: a flood of warnings hides no panic, a flood of panics not the real one. */
#define CLASS_MAX 4096

static int line_add(struct log *l, const struct line *add)
{
	int class = add->event.class;
	size_t at = l->count;

	if (l->kept[class] == CLASS_MAX) {
		l->left_out[class]++;
		at = l->last[class];
	} else if ((l->count & (l->count - 1)) == 0) {
		struct line *grown = reallocarray(l->line, l->count ? l->count * 2 : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		l->line = grown;
	}
	if (at == l->count) {
		l->count++;
		l->kept[class]++;
	}
	l->line[at] = *add;
	l->line[at].order = l->order++;
	l->last[class] = at;
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

/* One record of /dev/kmsg; `earlier`: it is none of the recording's. */
static int record_add(struct log *l, const char *bytes, size_t n, bool earlier)
{
	const char *end = bytes + n, *semicolon = memchr(bytes, ';', n);
	unsigned prefix;
	long long seq, us;
	char head[96], text[TEXT_MAX];
	struct line add = {0};

	if (!semicolon || (size_t)(semicolon - bytes) >= sizeof(head))
		return 0;
	memcpy(head, bytes, semicolon - bytes);
	head[semicolon - bytes] = '\0';
	if (sscanf(head, "%9u,%18lld,%18lld", &prefix, &seq, &us) != 3 || us < 0 || us > US_MAX || seq < 0)
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
	l->earlier += earlier;
	if (earlier)
		return 0;
	add.us = us;
	add.event.from_user = prefix >> 3 != 0;
	return line_add(l, &add);
}

/*
 * "[    8.273973] text" or "[    8.273973][    T1] text": printk's time in µs and where the text begins; NULL if not.
 */
static const char *timestamp(const char *line, int64_t *us)
{
	long long s;
	int fraction, at = 0;

	if (sscanf(line, "[%12lld.%6d]%n", &s, &fraction, &at) != 2 || !at || s < 0 || fraction < 0 ||
	    s > US_MAX / 1000000 - 1)
		return NULL;
	line += at;
	if (*line == '[') {
		line = strchr(line, ']');
		if (!line)
			return NULL;
		line++;
	}
	if (*line != ' ')
		return NULL;
	*us = s * 1000000 + fraction;
	return line + 1;
}

static int by_twin(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return x->us != y->us                     ? (x->us > y->us) - (x->us < y->us)
	       : x->event.class != y->event.class ? (int)x->event.class - (int)y->event.class
						  : (x->order > y->order) - (x->order < y->order);
}

/* What kmsg has is put in order once, so that a line of the console finds its like. */
static void order_records(struct log *l)
{
	l->records = l->count;
	if (l->count)
		qsort(l->line, l->count, sizeof(*l->line), by_twin);
	bool seen[KLOG_COUNT] = {false};

	for (size_t i = 0; i < l->count; i++) {
		int class = l->line[i].event.class;

		if (!seen[class] || l->line[i].order > l->line[l->last[class]].order)
			l->last[class] = i;
		seen[class] = true;
	}
}

/* Whether kmsg has the same record, not yet taken by another line; takes it. */
static bool twin_of(struct log *l, const struct line *add)
{
	size_t lo = 0, hi = l->records;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct line *k = &l->line[mid];

		if (k->us < add->us || (k->us == add->us && k->event.class < add->event.class))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == l->records || l->line[lo].us != add->us || l->line[lo].event.class != add->event.class)
		return false;
	size_t at = lo + l->line[lo].twins;
	struct line *k = at < l->records ? &l->line[at] : NULL;

	if (!k || k->console || k->us != add->us || k->event.class != add->event.class)
		return false;
	l->line[lo].twins++;
	k->twin = true;
	return true;
}

/* One line of the console: counts unless the kmsg lane has the same record. */
static int console_line(void *log, const char *line)
{
	struct log *l = log;
	struct line add = {.console = true};
	const char *text = timestamp(line, &add.us);

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

/* A console line under construction: frames end anywhere. */
struct splitter {
	char line[TEXT_MAX];
	size_t n;
};

static int console_bytes(struct splitter *s, const char *bytes, size_t n, int (*take)(void *user, const char *line),
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
	struct splitter s = {.n = 0};
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
	/* a machine that stopped in the middle of a line, or a panic whose newline QEMU no longer took */
	return err ?: console_bytes(&s, "\n", 1, take, user);
}

static int kmsg_read(struct recording *r, struct log *l, uint64_t t0_ns)
{
	static const char *const sources[] = {"kmsg", NULL};
	bool booted = !recording_meta(r, "host"); /* only fuka collect names the machine that it found running */
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
	const struct line *x = a, *y = b;

	return x->us != y->us ? (x->us > y->us) - (x->us < y->us) : (x->order > y->order) - (x->order < y->order);
}

/* Onto the recording's clock: by the last marker at or before the line, else by the first. */
static int64_t on_clock(const struct log *l, int64_t us, uint64_t t0_ns)
{
	int which = l->markers == 2 && l->marker[1].us <= us;
	int64_t offset = l->markers ? l->marker[which].offset_ns : 0, ns = us * 1000 + offset;

	return events_since(ns > 0 ? (uint64_t)ns : 0, t0_ns);
}

static int log_read(struct recording *r, struct log *out)
{
	struct log l = {0};
	uint64_t t0_ns = events_zero(r);
	int err = kmsg_read(r, &l, t0_ns);

	order_records(&l);
	if (!err)
		err = klog_console(r, console_line, &l);
	if (err) {
		free(l.line);
		return err;
	}
	if (l.count)
		qsort(l.line, l.count, sizeof(*l.line), by_time);
	for (size_t i = 0; i < l.count; i++)
		l.line[i].event.at_ns = on_clock(&l, l.line[i].us, t0_ns);
	*out = l;
	return 0;
}

int klog_read(struct recording *r, struct klog *out)
{
	struct klog k = {0};
	struct log l;
	int err = log_read(r, &l);

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

/* QEMU's word: 1 when its GUEST_PANICKED is in the host's lane. */
static int qemu_says(struct recording *r)
{
	struct events t;
	int found = events_read(r, &t);

	if (found)
		return found;
	for (size_t i = 0; i < t.count; i++) {
		char name[32];

		found |= t.event[i].host && !strcmp(t.event[i].event, "qmp") &&
			 events_get(&t.event[i], "name", name, sizeof(name)) && !strcmp(name, "GUEST_PANICKED");
	}
	events_free(&t);
	return found;
}

static void say_why(struct klog_panic *p, bool printed)
{
	const char *why = "";

	if (p->qemu && !p->console)
		why = "QEMU reported GUEST_PANICKED, but the kernel's \"" PANIC "…\" is not on the console";
	else if (p->console)
		why = "the console has a kernel panic line, but QEMU reported no GUEST_PANICKED: printed, not panicked";
	else if (printed)
		why = "a process printed the panic text; QEMU reported no GUEST_PANICKED and the kernel printed no "
		      "panic line";
	else
		why = "QEMU reported no GUEST_PANICKED, and the console has no kernel panic line";
	snprintf(p->why, sizeof(p->why), "%s", p->qemu && p->console ? "" : why);
}

int klog_panic(struct recording *r, struct klog_panic *out)
{
	struct klog_panic p = {0};
	bool printed = false;
	struct log l;
	int qemu = qemu_says(r);
	int err = qemu < 0 ? qemu : log_read(r, &l);

	if (err)
		return err;
	p.qemu = qemu;
	/* the last one counts: whatever a process wrote came before the kernel's own */
	for (size_t i = 0; i < l.count; i++) {
		const struct line *line = &l.line[i];

		if (line->event.class != KLOG_panic)
			continue;
		printed |= line->event.from_user;
		if (line->event.from_user || (!line->console && !line->twin))
			continue;
		p.console = true;
		p.at_ns = line->event.at_ns;
		snprintf(p.text, sizeof(p.text), "%s", line->event.text + strlen(PANIC));
	}
	free(l.line);
	say_why(&p, printed);
	*out = p;
	return p.qemu && p.console;
}
