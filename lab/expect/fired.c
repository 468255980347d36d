// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's frames, source 'kmod':
 *
 *	event=fired id=leak fault=leak-pages context=softirq trigger=packet in_task=0 serving_softirq=1 in_hardirq=0
 *	irqs_off=0 preempt_count=0x101 cpu=0 pid=81 comm=fuka hits=1 number=1 pages=0
 */
#include "lab/expect/expect.h"
#include "loadgen/generators/fault.h"
#include "kmod/uapi.h"
#include "lib/text/logfmt.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum found {
	IN_TASK,
	IN_SOFTIRQ,
	IN_HARDIRQ
};

static const struct {
	const char *name;
	enum found found;
} contexts[] = {
	[FUKA_CALLER] = {"caller", IN_TASK},      [FUKA_SOFTIRQ] = {"softirq", IN_SOFTIRQ},
	[FUKA_TIMER] = {"timer", IN_SOFTIRQ},     [FUKA_TASKLET] = {"tasklet", IN_SOFTIRQ},
	[FUKA_HRTIMER] = {"hrtimer", IN_HARDIRQ}, [FUKA_IRQWORK] = {"irq-work", IN_HARDIRQ},
	[FUKA_IPI] = {"ipi", IN_HARDIRQ},         [FUKA_WORKQUEUE] = {"workqueue", IN_TASK},
	[FUKA_KTHREAD] = {"kthread", IN_TASK},    [FUKA_INIT] = {"init", IN_TASK},
};

static int context_of(const char *name)
{
	for (int i = 0; i < FUKA_CONTEXTS; i++)
		if (!strcmp(contexts[i].name, name))
			return i;
	return -ENOENT;
}

static const char *contexts_named(void)
{
#define CONTEXT(id, name, what) ", " name
	static const char names[] = FUKA_CONTEXT_LIST;
#undef CONTEXT
	return names + 2;
}

static bool is(const struct frame *f, const char *key, const char *wanted)
{
	char value[64] = "";

	return !wanted ||
	       (logfmt_get(f->payload, f->head.payload_length, key, value, sizeof(value)) && !strcmp(value, wanted));
}

static long long number(const struct frame *f, const char *key)
{
	long long v = -1;

	logfmt_get_int(f->payload, f->head.payload_length, key, &v);
	return v;
}

static bool found_in(const struct frame *f, enum found wanted)
{
	long long task = number(f, "in_task"), soft = number(f, "serving_softirq"), hard = number(f, "in_hardirq");

	if (wanted == IN_TASK)
		return task == 1 && soft == 0 && hard == 0;
	return task == 0 && (wanted == IN_HARDIRQ ? hard == 1 : soft == 1 && hard == 0);
}

/* The firings recorded by the module that match one expectation. */
struct fired_tally {
	long long count;
	bool any, elsewhere; /* something was recorded; it fired in a different context */
};

/* Whether the frame is a firing of this fault, by the entry (id), in time (by). */
static bool is_of(const struct frame *f, const struct expectation *e, int64_t at_ns)
{
	return f->head.type == FRAME_EVENT && is(f, "event", "fired") && is(f, "fault", e->subject) &&
	       is(f, "id", e->id) && (e->by_ns < 0 || at_ns <= e->by_ns);
}

/*
 * Whether it fired in the right context: the state found by the module (in_task, serving_softirq, in_hardirq) must
 * agree with the context's name.
 */
static bool is_there(const struct frame *f, const struct expectation *e)
{
	return !e->context || (is(f, "context", e->context) && found_in(f, contexts[context_of(e->context)].found));
}

static int tally_record(const struct evidence *c, const struct expectation *e, struct fired_tally *t,
			struct finding *found)
{
	static const char *const sources[] = {"kmod", NULL};
	struct recording_cursor *cursor = NULL;
	struct frame f;
	int err = recording_cursor(c->r, sources, &cursor);

	while (!err && (err = recording_next(cursor, &f)) == 1) {
		int64_t at_ns = events_since(f.head.before_ns, c->events.t0_ns);

		err = 0;
		t->any = true;
		if (!is_of(&f, e, at_ns))
			continue;
		if (!t->count && !t->elsewhere)
			SEEN(found, "the first at %.3f s: %.*s", at_ns / 1e9, (int)f.head.payload_length, f.payload);
		if (!is_there(&f, e))
			t->elsewhere = true;
		else if (number(&f, "number") > t->count)
			t->count = number(&f, "number");
	}
	recording_cursor_free(cursor);
	return err;
}

static void read_context(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	expect_word_context(r, key, value);
	if (r->expect->context && context_of(r->expect->context) < 0)
		read_wrong(r, value, "context: '%s' is not known; expected one of: %s", r->expect->context,
			   contexts_named());
}

static const struct word words[] = {
	{"context", read_context, VALUE_TEXT, "in this context"},
	EXPECT_WORD(count),
	EXPECT_WORD(by),
	EXPECT_WORD(id),
	{0},
};

static void check_fault(struct reader *r, const struct yaml *key, const struct yaml *value, const char *subject)
{
	char names[512];

	(void)key;
	fault_names(names, sizeof(names));
	if (!fault_find(subject))
		read_wrong(r, value, "fired: this version has no fault '%s'; expected one of %s", subject, names);
}

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	struct fired_tally t = {0};
	int err = tally_record(c, e, &t, f);

	if (err || !t.any) {
		SEEN(f, err ? "cannot read the module's record: %s" : "the module recorded nothing", strerror(-err));
		return JUDGED_UNKNOWN;
	}
	if (t.count || t.elsewhere)
		expect_add(f->seen, sizeof(f->seen), "; %lld in all%s", t.count,
			   t.elsewhere ? ", some in another context" : "");
	bool held = isnan(e->min) && isnan(e->max) ? t.count > 0 : expect_in_bounds(e, t.count);

	if (held && !t.elsewhere)
		return JUDGED_HELD;
	if (t.elsewhere || !evidence_lane_lost(c, "kmod")) {
		if (!t.count && !t.elsewhere)
			SEEN(f, "the module recorded no such action");
		return JUDGED_NOT_HELD;
	}
	SEEN(f, "not recorded, but the module's lane lost frames");
	return JUDGED_UNKNOWN;
}

extern const struct expectation_kind expectation_fired;

const struct expectation_kind expectation_fired = {
	.name = "fired",
	.help = "{fired: leak-pages, context: softirq, count: {min: 1}}   by the kernel module's record\n",
	.words = words,
	.judge = judge,
	.counts = true,
	.of_module = true,
	.subject = check_fault,
};
