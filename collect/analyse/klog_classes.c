// SPDX-License-Identifier: GPL-2.0-or-later
/* Classifies a line of the kernel log by the rows of klog_classes.h, and parses its fields. */
#include "collect/analyse/klog.h"
#include "lib/text/jsontext.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KILLED      "Killed process "
#define INVOKED     " invoked oom-killer: "
#define REFUSED     ": page allocation failure: "
#define REFUSED_OLD ": page allocation failure. "   /* before 4.0 */
#define STALLED     ": page allocation stalls for " /* 4.10 to 4.14 */
#define TASK        "INFO: task "
#define PID_MAX     (1 << 22)
#define CPU_MAX     8191

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Whether it is "Killed process 81 …"; a task may have any name, "Killed process" too. */
static bool is_killed(const char *text)
{
	return begins(text, KILLED) && isdigit((unsigned char)text[strlen(KILLED)]);
}

/*
 * Whether the text has ": 0002 [#1]", as every oops of x86 does: "Oops: 0002 [#1] …", "invalid opcode: 0000 [#1] …". Other
 * architectures have "[#1]" behind "Oops", "Internal error: …" (arm), or "….: 0004 ilc:2" (s390).
 */
static bool is_die(const char *text)
{
	const char *number = strstr(text, "[#");

	if (number && isdigit((unsigned char)number[2]) &&
	    (begins(text, "Oops") || begins(text, "Internal error: ") || strstr(text, " ilc:")))
		return true;
	for (const char *p = strstr(text, " [#"); p; p = strstr(p + 1, " [#"))
		if (p - text >= 6 && isxdigit((unsigned char)p[-1]) && isxdigit((unsigned char)p[-4]) && p[-5] == ' ' &&
		    p[-6] == ':' && isdigit((unsigned char)p[3]))
			return true;
	return false;
}

/* Finds the whole number after a word of the line, followed by `unit`; -1 if there is none up to `most`. */
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

/* Sets comm to the text from `from` to `to`. */
static void name(struct klog_event *e, const char *from, const char *to)
{
	snprintf(e->comm, sizeof(e->comm), "%.*s", (int)(to - from), from);
}

/* Finds the last occurrence, because a comm may contain anything, even the words that follow it. */
static const char *last(const char *text, const char *word)
{
	const char *found = NULL;

	for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
		found = p;
	return found;
}

/* Parses "COMM:PID", which ends at `end`; a kworker's comm contains colons. */
static void name_and_pid(struct klog_event *e, const char *from, const char *end)
{
	const char *colon = end;
	char *rest;

	while (colon > from && *colon != ':')
		colon--;
	long pid = *colon == ':' && isdigit((unsigned char)colon[1]) ? strtol(colon + 1, &rest, 10) : -1;

	if (pid < 0 || pid > PID_MAX || rest != end) /* an idle task has pid 0 */
		return;
	e->pid = (int)pid;
	name(e, from, colon);
}

/* Parses a victim, whose name may contain anything: "Killed process 71 (a (odd) name) total-vm:260kB, …". */
static void victim(struct klog_event *e)
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

static void asked(struct klog_event *e, const char *after_comm, const char *order, const char *mask)
{
	const char *behind = last(e->text, after_comm), *open = strstr(behind, mask), *close;

	name(e, e->text, behind);
	e->order = (int)number(behind, order, ",", 64);
	e->sysrq = strstr(behind, "order=-1,") != NULL;
	open = open ? strchr(open, '(') : NULL;
	close = open ? strchr(open, ')') : NULL;
	if (close)
		snprintf(e->gfp, sizeof(e->gfp), "%.*s", (int)(close - open - 1), open + 1);
}

static void stuck(struct klog_event *e)
{
	const char *open = strstr(e->text, "! ["), *close = open ? last(open, "]") : NULL;

	e->cpu = (int)number(e->text, "CPU#", " ", CPU_MAX);
	e->seconds = (int)number(e->text, " stuck for ", "s!", INT32_MAX);
	if (close)
		name_and_pid(e, open + 3, close);
}

/* The CPU that is stuck, which need not be the one that reports it: "… on cpu 6", "CPU:59 …", "CPU 1125 self-detected …". */
static void locked_up(struct klog_event *e)
{
	static const char *const words[] = {" on cpu ", "Watchdog CPU:", "CPU "};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words) && e->cpu < 0; i++)
		e->cpu = (int)number(e->text, words[i], "", CPU_MAX);
}

/* What stands between the task and the number of seconds: the last of these in the line, or NULL. */
static const char *blocked_for(const char *text)
{
	static const char *const words[] = {" blocked for more than ", " blocked in I/O wait for more than ", /* 7.0 */
					    " can't die for more than "};
	const char *found = NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *at = last(text, words[i]);

		found = at && (!found || at > found) ? at : found;
	}
	return found;
}

static void blocked(struct klog_event *e)
{
	const char *behind = blocked_for(e->text);

	e->seconds = (int)number(behind, " for more than ", " seconds", INT32_MAX);
	name_and_pid(e, e->text + strlen(TASK), behind);
}

/* Since 6.17: "WARNING: [condition] file.c:12 at function+0x1/0x2, CPU#0: kworker/u8:0/10040". */
static void warned_new(struct klog_event *e)
{
	const char *at = last(e->text, ", CPU#"), *comm = at ? strstr(at, ": ") : NULL,
		   *slash = comm ? last(comm, "/") : NULL;

	e->cpu = at ? (int)number(at, "CPU#", ":", CPU_MAX) : -1;
	if (!slash)
		return;
	int64_t pid = number(slash, "/", "", PID_MAX);

	e->pid = pid > 0 ? (int)pid : 0;
	name(e, comm + 2, slash);
}

static void warned(struct klog_event *e)
{
	int64_t pid = number(e->text, " PID: ", " at ", PID_MAX);

	if (!strstr(e->text, " PID: ")) {
		warned_new(e);
		return;
	}
	e->cpu = (int)number(e->text, "CPU: ", " ", CPU_MAX);
	e->pid = pid > 0 ? (int)pid : 0;
}

static void nothing(struct klog_event *e)
{
	(void)e;
}

static void invoked(struct klog_event *e)
{
	asked(e, INVOKED, "order=", "gfp_mask=");
}

static void refused(struct klog_event *e)
{
	asked(e, strstr(e->text, REFUSED) ? REFUSED : REFUSED_OLD, "order:", "mode:");
}

static void stalled(struct klog_event *e)
{
	int64_t ms = number(e->text, STALLED, "ms,", INT32_MAX);

	asked(e, STALLED, "order:", "mode:");
	e->seconds = ms < 0 ? -1 : (int)(ms / 1000);
}

/* --- the rows --- */

#define CLASS(id, word, sample, fits, fields)                                                                          \
	static bool is_##id(const char *t)                                                                             \
	{                                                                                                              \
		return fits;                                                                                           \
	}
#include "collect/analyse/klog_classes.h"
#undef CLASS

static const struct {
	const char *word, *sample;
	bool (*is)(const char *t);
	void (*fields)(struct klog_event *e);
} rows[KLOG_COUNT] = {
#define CLASS(id, word, sample, fits, fields) {word, sample, is_##id, fields},
#include "collect/analyse/klog_classes.h"
#undef CLASS
};

const char *klog_word(enum klog_class c)
{
	return c < KLOG_COUNT ? rows[c].word : NULL;
}

const char *klog_sample(enum klog_class c)
{
	return rows[c].sample;
}

int klog_class(const char *word)
{
	for (int c = 0; c < KLOG_COUNT; c++)
		if (!strcmp(word, rows[c].word))
			return c;
	return -ENOENT;
}

bool klog_parse(const char *line, size_t n, struct klog_event *out)
{
	struct klog_event e = {
		.cpu = -1, .seconds = -1, .order = -1, .vm_bytes = -1, .anon_bytes = -1, .rss_bytes = -1};
	size_t keep = n < sizeof(e.text) - 1 ? n : sizeof(e.text) - 1;

	memcpy(e.text, line, keep);
	e.text[keep] = '\0';
	for (int c = 0; c < KLOG_COUNT; c++) {
		if (!rows[c].is(e.text))
			continue;
		e.class = c;
		rows[c].fields(&e);
		*out = e;
		return true;
	}
	return false;
}

void klog_json(struct json_t *o, const struct klog_event *e)
{
	const struct {
		const char *key, *text;
	} texts[] = {{"comm", e->comm}, {"gfp", e->gfp}, {"invoker", e->invoker}, {"constraint", e->constraint}};
	const struct {
		const char *key;
		int64_t value;
	} figures[] = {
		{"pid", e->pid ? e->pid : -1},   {"cpu", e->cpu},
		{"seconds", e->seconds},         {"order", e->order},
		{"total_vm_bytes", e->vm_bytes}, {"anon_bytes", e->anon_bytes},
		{"rss_bytes", e->rss_bytes},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (*texts[i].text)
			json_object_set_new(o, texts[i].key, jsontext(texts[i].text));
	for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++)
		if (figures[i].value >= 0)
			json_object_set_new(o, figures[i].key, json_integer(figures[i].value));
	if (e->sysrq)
		json_object_set_new(o, "sysrq", json_true());
}
