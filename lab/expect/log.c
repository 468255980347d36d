// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts the lines of a class in the kernel log. */
#include "lab/expect/expect.h"
#include "lib/text/param.h"

#include <math.h>
#include <string.h>

#define NONE INT64_MIN

static const struct word words[] = {
	EXPECT_WORD(count), EXPECT_WORD(after), EXPECT_WORD(before), EXPECT_WORD(text), {0}};

static void check_class(struct reader *r, const struct yaml *key, const struct yaml *value, const char *subject)
{
	char names[512] = "";
	size_t n = 0;

	(void)key;
	if (klog_class(subject) >= 0)
		return;
	for (int c = 0; c < KLOG_COUNT && n < sizeof(names); c++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", klog_word(c));
	read_wrong(r, value, "log: unknown class of kernel log event '%s'; expected one of %s", subject, names);
}

/* The time of "panic", of the start of an entry, or a given time; NONE if it did not happen. */
static int64_t when(const struct evidence *c, const char *word)
{
	int64_t ns;

	if (!strcmp(word, "panic"))
		return c->panicked ? c->panic.at_ns : NONE;
	if (!param_parse_time(word, &ns))
		return ns;
	for (size_t i = 0; i < c->events.count; i++)
		if (!strcmp(c->events.event[i].event, "start") && !strcmp(c->events.event[i].id, word))
			return c->events.event[i].at_ns;
	return NONE;
}

/* Judges n lines; with `cut` there may be more that were not recorded. */
static enum judgement judge_count(bool cut, const struct expectation *e, size_t n)
{
	bool least = isnan(e->min) && isnan(e->max) ? n > 0 : isnan(e->min) || n >= e->min;
	bool most = isnan(e->max) || n <= e->max;

	if (!cut)
		return judged(least && most);
	return !most ? JUDGED_NOT_HELD : least && isnan(e->max) ? JUDGED_HELD : JUDGED_UNKNOWN;
}

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	int64_t after = e->after ? when(c, e->after) : 0, before = e->before ? when(c, e->before) : INT64_MAX;
	int class = klog_class(e->subject);
	const struct klog_event *first = NULL;
	size_t n = 0;

	if (after == NONE || before == NONE) {
		SEEN(f, "'%s' did not happen", after == NONE ? e->after : e->before);
		return JUDGED_UNKNOWN;
	}
	for (size_t i = 0; i < c->klog.count; i++) {
		const struct klog_event *k = &c->klog.event[i];

		if ((int)k->class != class || k->from_user || k->at_ns < after || k->at_ns > before ||
		    (e->text && !strstr(k->text, e->text)))
			continue;
		first = first ? first : k;
		n++;
	}
	if (first)
		SEEN(f, "%zu, the first at %.3f s: %.200s", n, seconds(first->at_ns), first->text);
	else
		SEEN(f, "none%s%s", c->unread ? ", but " : "", c->unread ? c->unread : "");
	if (c->klog.left_out[class])
		SEEN(f, "%zu, and %zu more lines of this class beyond the limit", n, c->klog.left_out[class]);
	return judge_count(c->unread || c->klog.left_out[class], e, n);
}

extern const struct expectation_kind expectation_log;

const struct expectation_kind expectation_log = {
	.name = "log",
	.help = "{log: oom-kill, count: {min: 1}, after: hog, before: panic, text: PART}\n",
	.words = words,
	.judge = judge,
	.counts = true,
	.subject = check_class,
};
