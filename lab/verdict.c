// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/verdict.h"
#include "collect/klog.h"
#include "collect/loadmodel.h"
#include "collect/metric.h"
#include "collect/events.h"
#include "collect/output.h"
#include "collect/sysstat.h"
#include "lab/console.h"
#include "lab/fired.h"
#include "lib/lane.h"
#include "lib/logfmt.h"
#include "lib/say.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE INT64_MIN

/* All that expectations are judged by, read once. */
struct court {
	struct recording *r;
	const struct scenario *s;
	struct events events;
	struct klog klog;
	struct klog_panic panic;
	bool panicked;
	const char *unread; /* why something that the kernel printed may not be in the recording; NULL: all is */
};

const char *verdict_word(enum verdict_is v)
{
	static const char *const words[] = {"pass", "fail", "lost", "skip"};

	return words[v];
}

int verdict_exit(enum verdict_is v)
{
	static const int exits[] = {FUKA_PASS, FUKA_FAIL, FUKA_LOST, FUKA_SKIP};

	return exits[v];
}

#define SEEN(f, ...) snprintf((f)->seen, sizeof((f)->seen), __VA_ARGS__)

static double seconds(int64_t ns)
{
	return ns / 1e9;
}

static bool happened(const struct court *c, bool host, const char *event)
{
	for (size_t i = 0; i < c->events.count; i++)
		if (c->events.event[i].host == host && !strcmp(c->events.event[i].event, event))
			return true;
	return false;
}

/* --- one function a kind: whether it was so, and what was seen --- */

static enum judgement judged(bool held)
{
	return held ? JUDGED_HELD : JUDGED_NOT_HELD;
}

static enum judgement judge_panic(struct court *c, const struct expectation *e, struct finding *f)
{
	if (!c->panicked) {
		SEEN(f, "no panic: %s", c->panic.why);
		/* QEMU saw one, or nobody looked to the end: no panic line is no proof that there was none */
		return c->unread || c->panic.qemu || !happened(c, true, "ended") ? JUDGED_UNKNOWN : JUDGED_NOT_HELD;
	}
	SEEN(f, "'%s' at %.3f s, by QEMU's GUEST_PANICKED and the console", c->panic.text, seconds(c->panic.at_ns));
	bool this = !strcmp(e->subject, "any") || strstr(c->panic.text, e->subject);

	return judged(this && (e->by_ns < 0 || c->panic.at_ns <= e->by_ns));
}

static bool in_bounds(const struct expectation *e, double v)
{
	return (isnan(e->min) || v >= e->min) && (isnan(e->max) || v <= e->max);
}

/* at: the first sample at or after. */
static enum judgement judge_point(const struct expectation *e, const struct series *s, struct finding *f)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct point *p = &s->point[i];

		if (p->at_ns < e->at_ns)
			continue;
		SEEN(f, "%.6g %s at %.3f s", p->value, s->unit, seconds(p->at_ns));
		return isnan(p->value) ? JUDGED_UNKNOWN : judged(in_bounds(e, p->value));
	}
	SEEN(f, "no sample at or after that time");
	return JUDGED_UNKNOWN;
}

static int64_t window_from(const struct expectation *e)
{
	return e->from_ns >= 0 ? e->from_ns : 0;
}

static int64_t window_to(const struct expectation *e)
{
	return e->to_ns >= 0 ? e->to_ns : INT64_MAX;
}

static bool in_window(const struct expectation *e, const struct point *p)
{
	return p->from_ns >= window_from(e) && p->at_ns <= window_to(e) && !isnan(p->value);
}

/* from/to: every interval wholly inside, or their mean weighted by length. */
static enum judgement judge_window(const struct expectation *e, const struct series *s, struct finding *f)
{
	double least = INFINITY, greatest = -INFINITY, sum = 0, weight = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct point *p = &s->point[i];
		double w = p->at_ns > p->from_ns ? p->at_ns - p->from_ns : 1;

		if (!in_window(e, p))
			continue;
		least = fmin(least, p->value);
		greatest = fmax(greatest, p->value);
		sum += p->value * w;
		weight += w;
		n++;
	}
	if (!n) {
		SEEN(f, "no sample in that time");
		return JUDGED_UNKNOWN;
	}
	SEEN(f, "%.6g to %.6g, mean %.6g %s in %zu samples", least, greatest, sum / weight, s->unit, n);
	return judged(e->mean ? in_bounds(e, sum / weight) : in_bounds(e, least) && in_bounds(e, greatest));
}

/* absent: its source was read in that time, and had no such figure in any sample. */
static enum judgement judge_absence(struct court *c, const struct expectation *e, const struct series *s,
				    struct finding *f)
{
	int64_t from = window_from(e), to = window_to(e);
	const char *source = metric_source(e->subject);
	int sampled = metric_sampled(c->r, source, from, to);
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		n += s->point[i].at_ns >= from && s->point[i].at_ns <= to;
	if (n)
		SEEN(f, "%zu samples in that time have it", n);
	else if (sampled == 1)
		SEEN(f, "none of the samples of %s in that time has it", source);
	else
		SEEN(f, "there is no sample of %s in that time: nobody can say", source);
	return n ? JUDGED_NOT_HELD : sampled == 1 ? JUDGED_HELD : JUDGED_UNKNOWN;
}

static enum judgement judge_metric(struct court *c, const struct expectation *e, struct finding *f)
{
	struct series s = {.count = 0};
	int r = metric_series(c->r, e->subject, &s);
	enum judgement j;

	if (r && (r != -ENODATA || !e->absent)) {
		SEEN(f, "%s", r == -ENODATA ? "this recording has no such field" : strerror(-r));
		return JUDGED_UNKNOWN;
	}
	if (e->absent)
		j = judge_absence(c, e, &s, f);
	else
		j = e->at_ns >= 0 ? judge_point(e, &s, f) : judge_window(e, &s, f);
	series_free(&s);
	return j;
}

/* A time, "panic", or when an entry of the timeline started. NONE when it never did. */
static int64_t when(const struct court *c, const char *word)
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

/* n were found, and there may be more that were not recorded. */
static enum judgement judge_count(const struct court *c, const struct expectation *e, size_t n)
{
	bool least = isnan(e->min) && isnan(e->max) ? n > 0 : isnan(e->min) || n >= e->min;
	bool most = isnan(e->max) || n <= e->max;

	if (!c->unread)
		return judged(least && most);
	return !most ? JUDGED_NOT_HELD : least && isnan(e->max) ? JUDGED_HELD : JUDGED_UNKNOWN;
}

static enum judgement judge_log(struct court *c, const struct expectation *e, struct finding *f)
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
	return judge_count(c, e, n);
}

/* The exceptions by time, n and task, as many as fit. */
static void list_exceptions(const struct load_model *m, const struct expectation *e, struct finding *f)
{
	size_t at = strlen(f->seen);

	for (size_t i = 0; i < m->count && at < sizeof(f->seen) - 1; i++) {
		const struct load_update *u = &m->update[i];

		if (u->residual <= e->residual && (u->n == u->declared || u->declared < 0))
			continue;
		at += snprintf(f->seen + at, sizeof(f->seen) - at, "; at %.3f s n %ld, declared %ld%s%s",
			       seconds(u->active_ns), u->n, u->declared, *u->who ? ": " : "", u->who);
	}
}

static enum judgement judge_model(struct court *c, const struct expectation *e, struct finding *f)
{
	struct load_model m;
	int r = load_model(c->r, &m);

	if (r) {
		SEEN(f, "there are no two samples of the load average");
		return JUDGED_UNKNOWN;
	}
	SEEN(f, "%zu updates, residual %ld, %zu with n other than declared", m.count, m.worst, m.exceptions);
	list_exceptions(&m, e, f);
	enum judgement j =
		m.count ? judged(m.worst <= e->residual && m.exceptions <= (size_t)e->exceptions) : JUDGED_UNKNOWN;

	load_model_free(&m);
	return j;
}

static enum judgement judge_gap(struct court *c, const struct expectation *e, struct finding *f)
{
	bool last = !strcmp(e->subject, "last");
	int64_t at = 0;
	struct series s;
	double gap = 0;

	if (metric_series(c->r, "gap", &s)) {
		SEEN(f, "there are fewer than two samples");
		return JUDGED_UNKNOWN;
	}
	for (size_t i = 0; i < s.count && !last; i++)
		if (s.point[i].value > gap) {
			gap = s.point[i].value;
			at = s.point[i].at_ns;
		}
	if (last) {
		at = s.point[s.count - 1].at_ns;
		gap = c->panic.at_ns - at;
	}
	series_free(&s);
	if (last && !c->panicked) {
		SEEN(f, "there was no panic to count to");
		return JUDGED_UNKNOWN;
	}
	if (last)
		SEEN(f, "%.3f ms from the last sample at %.3f s to the panic", gap / 1e6, seconds(at));
	else
		SEEN(f, "%.3f ms, ending at %.3f s", gap / 1e6, seconds(at));
	return judged(gap <= e->max);
}

/* Whether entry `id` (NULL: any) started, so that there can be something of it. */
static bool started(const struct court *c, const char *id)
{
	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];

		if (!t->host && !strcmp(t->event, "start") && (!id || !strcmp(t->id, id)))
			return true;
	}
	return false;
}

/* Whether the lane lost frames, or took no more: that something is not in it proves nothing. */
static bool lane_lost(const struct court *c, const char *lane)
{
	static const char *const how[] = {"lost", "refused", "broken"};
	char key[32];

	for (size_t i = 0; i < sizeof(how) / sizeof(*how); i++) {
		snprintf(key, sizeof(key), "%s_%s", lane, how[i]);
		const char *value = recording_meta(c->r, key);

		if (value && strcmp(value, "0"))
			return true;
	}
	return false;
}

static enum judgement judge_output(struct court *c, const struct expectation *e, struct finding *f)
{
	char *text = output_of(c->r, e->id);
	const char *hit = text ? strstr(text, e->subject) : NULL;
	size_t n = text ? strlen(text) : 0;
	enum judgement j = hit ? JUDGED_HELD : JUDGED_NOT_HELD;

	if (hit)
		SEEN(f, "printed: %.*s", (int)strcspn(hit, "\n"), hit);
	else
		SEEN(f, "not printed; the last of %zu bytes: %.200s", n, text ? text + (n > 200 ? n - 200 : 0) : "");
	if (!hit && (!text || !started(c, e->id) || lane_lost(c, "timeline"))) {
		SEEN(f, "not printed in what was recorded, but %s",
		     !text               ? "the output cannot be read"
		     : started(c, e->id) ? "the timeline's lane lost frames"
					 : "no program that could print it started");
		j = JUDGED_UNKNOWN;
	}
	free(text);
	return j;
}

static enum judgement judge_exit(struct court *c, const struct expectation *e, struct finding *f)
{
	char want[32], how[32];

	snprintf(want, sizeof(want), "exit %lld", (long long)e->status);
	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];

		if (strcmp(t->event, "exit") || strcmp(t->id, e->subject) ||
		    !logfmt_get(t->line, t->length, "status", how, sizeof(how)))
			continue;
		SEEN(f, "%s at %.3f s", how, seconds(t->at_ns));
		return judged(!strcmp(how, want));
	}
	bool began = started(c, e->subject);

	SEEN(f, began ? "it did not end before the scenario did" : "it never started");
	return began && !lane_lost(c, "timeline") ? JUDGED_NOT_HELD : JUDGED_UNKNOWN;
}

static const struct sysstat_figure *first_difference(const struct sysstat *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->figure[i].agrees)
			return &s->figure[i];
	return NULL;
}

static enum judgement judge_sysstat(struct court *c, const struct expectation *e, struct finding *f)
{
	struct sysstat s;
	char why[160];

	if (sysstat_compare(c->r, e->subject, &s, why)) {
		SEEN(f, "%s", why);
		return JUDGED_UNKNOWN;
	}
	const struct sysstat_figure *d = first_difference(&s);

	SEEN(f, "%s: %zu of %zu figures agree; read between samples %.1f ms apart", s.command, s.agreeing, s.count,
	     s.read[s.reads - 1].apart_ns / 1e6);
	if (d)
		SEEN(f, "%s: %zu of %zu figures agree; %s%s%s%s is %.2f there, and %.2f to %.2f by the samples",
		     s.command, s.agreeing, s.count, *d->cpu ? "CPU " : "", d->cpu, *d->cpu ? " " : "", d->column,
		     d->theirs, d->low, d->high);
	sysstat_free(&s);
	return judged(!d);
}

static enum judgement judge_fired(struct court *c, const struct expectation *e, struct finding *f)
{
	enum judgement j = fired_judge(c->r, c->events.t0_ns, e, f->seen, sizeof(f->seen));

	if (j != JUDGED_NOT_HELD || !lane_lost(c, "kmod"))
		return j;
	SEEN(f, "not in what was recorded, but the module's lane lost frames");
	return JUDGED_UNKNOWN;
}

static enum judgement judge_console(struct court *c, const struct expectation *e, struct finding *f)
{
	return console_judge(c->r, e->subject, f->seen, sizeof(f->seen));
}

static enum judgement (*const judges[])(struct court *, const struct expectation *, struct finding *) = {
	[EXPECT_PANIC] = judge_panic,     [EXPECT_METRIC] = judge_metric, [EXPECT_LOG] = judge_log,
	[EXPECT_MODEL] = judge_model,     [EXPECT_GAP] = judge_gap,       [EXPECT_OUTPUT] = judge_output,
	[EXPECT_EXIT] = judge_exit,       [EXPECT_FIRED] = judge_fired,   [EXPECT_CONSOLE] = judge_console,
	[EXPECT_SYSSTAT] = judge_sysstat,
};

const char *verdict_judgement(enum judgement j)
{
	static const char *const words[] = {"unknown", "not held", "held"};

	return words[j];
}

/* `never:` turns a judgement around; what nobody can say is satisfied by neither. */
static void judge(struct court *c, const struct expectation *e, struct finding *f)
{
	scenario_expect_text(e, f->expected, sizeof(f->expected));
	f->judged = judges[e->kind](c, e, f);
	f->held = f->judged == (e->never ? JUDGED_NOT_HELD : JUDGED_HELD);
	say_printable(f->expected);
	say_printable(f->seen);
}

/* --- how the machine ended --- */

static bool speaks_of_panic(const struct scenario *s)
{
	for (size_t i = 0; i < s->expects; i++)
		if (s->expect[i].kind == EXPECT_PANIC)
			return true;
	return false;
}

/* A generator that missed its target fails the scenario: no silent half-load. */
static bool missed_target(const struct court *c, char *why, size_t size)
{
	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];
		char ok[8] = "", asked[32] = "", got[32] = "", unit[16] = "";

		if (strcmp(t->event, "achieved") || !logfmt_get(t->line, t->length, "ok", ok, sizeof(ok)) ||
		    strcmp(ok, "no"))
			continue;
		logfmt_get(t->line, t->length, "asked", asked, sizeof(asked));
		logfmt_get(t->line, t->length, "achieved", got, sizeof(got));
		logfmt_get(t->line, t->length, "unit", unit, sizeof(unit));
		snprintf(why, size, "the generator '%s' missed its target: asked for %s %s, got %s", t->id, asked, unit,
			 got);
		return true;
	}
	return false;
}

static bool exit_is_judged(const struct scenario *s, const char *id)
{
	for (size_t i = 0; i < s->expects; i++)
		if (s->expect[i].kind == EXPECT_EXIT && !strcmp(s->expect[i].subject, id))
			return true;
	return false;
}

static const struct event *find_event(const struct court *c, const char *event, const char *id)
{
	for (size_t i = 0; i < c->events.count; i++)
		if (!strcmp(c->events.event[i].event, event) && !strcmp(c->events.event[i].id, id))
			return &c->events.event[i];
	return NULL;
}

/*
 * Nor one that gave up before it could say what it achieved, that was never ready, or that was still on its way when
 * the scenario ended. Killed is another matter: that is the OOM killer's result.
 */
static bool gave_up(const struct court *c, char *why, size_t size)
{
	for (size_t i = 0; i < c->s->entries; i++) {
		const struct entry *e = &c->s->entry[i];
		const struct event *left = find_event(c, "exit", e->id);
		char how[32] = "exit 0";

		if (!entry_is_load(e) || !find_event(c, "start", e->id) || exit_is_judged(c->s, e->id))
			continue;
		if (left)
			logfmt_get(left->line, left->length, "status", how, sizeof(how));
		if (!strncmp(how, "exit ", 5) && strcmp(how, "exit 0"))
			snprintf(why, size, "the generator '%s' gave up: it ended with %s at %.3f s", e->id, how,
				 seconds(left->at_ns));
		else if (!left && !find_event(c, "ready", e->id))
			snprintf(why, size,
				 "the generator '%s' was not ready before the end: none of its load was there", e->id);
		else if (!left && e->action == ACTION_LOAD && happened(c, false, "end") &&
			 !find_event(c, "achieved", e->id))
			snprintf(why, size, "the generator '%s' had not said what it achieved when the scenario ended",
				 e->id);
		else
			continue;
		return true;
	}
	return false;
}

/* A generator found that this machine lacks what it needs: nothing can be said about the rest. */
static bool lacks(const struct court *c, char *why, size_t size)
{
	char what[160] = "";

	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];

		if (t->host || strcmp(t->event, "lacks"))
			continue;
		logfmt_get(t->line, t->length, "what", what, sizeof(what));
		snprintf(why, size, "the machine lacks what the generator '%s' needs: %s", t->id, what);
		return true;
	}
	return false;
}

/* Nor what the host was asked to do and could not, or had not finished when the scenario ended. */
static bool host_failed(const struct court *c, char *why, size_t size)
{
	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];
		char detail[128] = "";

		if (!t->host || strcmp(t->event, "refused"))
			continue;
		events_get(t, "detail", detail, sizeof(detail));
		snprintf(why, size, "what the host was to do for '%s' was refused: %s", t->id, detail);
		return true;
	}
	for (size_t i = 0; i < c->s->entries; i++) {
		const struct entry *e = &c->s->entry[i];

		if (e->outside && find_event(c, "start", e->id) && happened(c, false, "end") &&
		    !find_event(c, "done", e->id)) {
			snprintf(why, size, "the host had not sent all packets of '%s' when the scenario ended", e->id);
			return true;
		}
	}
	return false;
}

/* Whether the machine went away unexpectedly, and how. */
static bool is_lost(const struct court *c, char *why, size_t size)
{
	char how[32] = "", detail[160] = "";

	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];

		if (!t->host || strcmp(t->event, "ended"))
			continue;
		logfmt_get(t->line, t->length, "how", how, sizeof(how));
		logfmt_get(t->line, t->length, "detail", detail, sizeof(detail));
	}
	if (c->panicked && !speaks_of_panic(c->s))
		snprintf(why, size, "the machine panicked and the scenario did not expect it: %s", c->panic.text);
	else if (c->panicked || (!strcmp(how, "poweroff") && happened(c, false, "end")))
		return false;
	else if (!c->events.started)
		snprintf(why, size, "the timeline never started; %s%s%s", how, *detail ? ": " : "", detail);
	else
		snprintf(why, size, "the machine went away: %s%s%s", *how ? how : "the recording does not say how",
			 *detail ? ": " : "", detail);
	return true;
}

/* The guest wrote what no writer of ours writes: then nothing that it recorded is evidence. */
static bool tampered(const struct court *c, char *why, size_t size)
{
	const char *foreign = recording_meta(c->r, "foreign");

	if (foreign) {
		snprintf(why, size,
			 "the guest wrote %s frames into lanes that may not carry them, the first of source '%s' into "
			 "the lane '%s': something in it forges records",
			 foreign, recording_meta(c->r, "foreign_source"), recording_meta(c->r, "foreign_lane"));
		return true;
	}
	for (int i = 0; i < LANE_SHARED; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_broken", lane_name(i));
		if (!recording_meta(c->r, key))
			continue;
		snprintf(why, size,
			 "the guest overwrote the positions of the lane '%s': nothing behind that is recorded",
			 lane_name(i));
		return true;
	}
	return false;
}

static void conclude_by_findings(struct court *c, struct verdict *v)
{
	size_t failed = 0, unknown = 0;

	for (size_t i = 0; i < v->count; i++) {
		failed += !v->finding[i].held;
		unknown += v->finding[i].judged == JUDGED_UNKNOWN;
	}
	if (failed) {
		v->is = VERDICT_FAIL;
		snprintf(v->why, sizeof(v->why), "%zu of %zu expectations did not hold", failed, v->count);
		if (unknown)
			snprintf(v->why + strlen(v->why), sizeof(v->why) - strlen(v->why), ", %zu of them unknown",
				 unknown);
	} else if (missed_target(c, v->why, sizeof(v->why)) || gave_up(c, v->why, sizeof(v->why)) ||
		   host_failed(c, v->why, sizeof(v->why))) {
		v->is = VERDICT_FAIL;
	} else {
		v->is = VERDICT_PASS;
		snprintf(v->why, sizeof(v->why), "%zu of %zu expectations held", v->count, v->count);
	}
}

static void conclude(struct court *c, struct verdict *v)
{
	if (is_lost(c, v->why, sizeof(v->why))) {
		v->is = VERDICT_LOST;
	} else if (lacks(c, v->why, sizeof(v->why))) {
		v->is = VERDICT_SKIP;
	} else if (tampered(c, v->why, sizeof(v->why))) {
		v->is = VERDICT_FAIL;
	} else {
		conclude_by_findings(c, v);
	}
}

/* Whether all that the kernel printed is there to be judged. */
static const char *what_is_unread(struct recording *r)
{
	switch (console_extent(r)) {
	case CONSOLE_WHOLE:
		return NULL;
	case CONSOLE_CUT:
		return "the console was too long to be recorded whole";
	case CONSOLE_NONE:
		return recording_source(r, "kmsg") >= 0 && recording_frames_of(r, recording_source(r, "kmsg"))
			       ? NULL
			       : "the recording has neither a console nor the kernel's log";
	default:
		return "the console cannot be read";
	}
}

int verdict_of(struct recording *r, const struct scenario *s, struct verdict *out)
{
	struct court c = {.r = r, .s = s};
	int err = events_read(r, &c.events);

	if (err)
		return err;
	err = klog_read(r, &c.klog);
	if (err) {
		events_free(&c.events);
		return err;
	}
	c.panicked = klog_panic(r, &c.panic) == 1;
	c.unread = what_is_unread(r);
	*out = (struct verdict){.finding = calloc(s->expects + 1, sizeof(*out->finding)), .count = s->expects};
	for (size_t i = 0; out->finding && i < s->expects; i++)
		judge(&c, &s->expect[i], &out->finding[i]);
	conclude(&c, out);
	say_printable(out->why);
	klog_free(&c.klog);
	events_free(&c.events);
	return out->finding ? 0 : -ENOMEM;
}

void verdict_free(struct verdict *v)
{
	free(v->finding);
	*v = (struct verdict){0};
}
