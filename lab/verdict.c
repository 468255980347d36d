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

/* --- one function a kind: whether it held, and what was seen --- */

static bool judge_panic(struct court *c, const struct expectation *e, struct finding *f)
{
	if (!c->panicked) {
		SEEN(f, "no panic: %s", c->panic.why);
		return false;
	}
	SEEN(f, "'%s' at %.3f s, by QEMU's GUEST_PANICKED and the console", c->panic.text, seconds(c->panic.at_ns));
	bool this = !strcmp(e->subject, "any") || strstr(c->panic.text, e->subject);

	return this && (e->by_ns < 0 || c->panic.at_ns <= e->by_ns);
}

static bool in_bounds(const struct expectation *e, double v)
{
	return !isnan(v) && (isnan(e->min) || v >= e->min) && (isnan(e->max) || v <= e->max);
}

/* at: the first sample at or after. */
static bool judge_point(const struct expectation *e, const struct series *s, struct finding *f)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct point *p = &s->point[i];

		if (p->at_ns < e->at_ns)
			continue;
		SEEN(f, "%.6g %s at %.3f s", p->value, s->unit, seconds(p->at_ns));
		return in_bounds(e, p->value);
	}
	SEEN(f, "no sample at or after that time");
	return false;
}

/* from/to: every interval wholly inside, or their mean weighted by length. */
static bool judge_window(const struct expectation *e, const struct series *s, struct finding *f)
{
	int64_t from = e->from_ns >= 0 ? e->from_ns : 0, to = e->to_ns >= 0 ? e->to_ns : INT64_MAX;
	double least = INFINITY, greatest = -INFINITY, sum = 0, weight = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct point *p = &s->point[i];
		double w = p->at_ns > p->from_ns ? p->at_ns - p->from_ns : 1;

		if (p->from_ns < from || p->at_ns > to)
			continue;
		least = fmin(least, p->value);
		greatest = fmax(greatest, p->value);
		sum += p->value * w;
		weight += w;
		n++;
	}
	if (!n) {
		SEEN(f, "no sample in that time");
		return false;
	}
	SEEN(f, "%.6g to %.6g, mean %.6g %s in %zu samples", least, greatest, sum / weight, s->unit, n);
	return e->mean ? in_bounds(e, sum / weight) : in_bounds(e, least) && in_bounds(e, greatest);
}

static bool judge_metric(struct court *c, const struct expectation *e, struct finding *f)
{
	struct series s;
	int r = metric_series(c->r, e->subject, &s);

	if (r) {
		SEEN(f, "cannot be evaluated: %s", r == -ENODATA ? "this recording has no such field" : strerror(-r));
		return false;
	}
	bool held = e->at_ns >= 0 ? judge_point(e, &s, f) : judge_window(e, &s, f);

	series_free(&s);
	return held;
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

static bool judge_log(struct court *c, const struct expectation *e, struct finding *f)
{
	int64_t after = e->after ? when(c, e->after) : 0, before = e->before ? when(c, e->before) : INT64_MAX;
	int class = klog_class(e->subject);
	const struct klog_event *first = NULL;
	size_t n = 0;

	if (after == NONE || before == NONE) {
		SEEN(f, "cannot be evaluated: '%s' did not happen", after == NONE ? e->after : e->before);
		return false;
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
		SEEN(f, "none");
	return isnan(e->min) && isnan(e->max) ? n > 0 : in_bounds(e, n);
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

static bool judge_model(struct court *c, const struct expectation *e, struct finding *f)
{
	struct load_model m;
	int r = load_model(c->r, &m);

	if (r) {
		SEEN(f, "cannot be evaluated: no two samples of the load average");
		return false;
	}
	SEEN(f, "%zu updates, residual %ld, %zu with n other than declared", m.count, m.worst, m.exceptions);
	list_exceptions(&m, e, f);
	bool held = m.count > 0 && m.worst <= e->residual && m.exceptions <= (size_t)e->exceptions;

	load_model_free(&m);
	return held;
}

static bool judge_gap(struct court *c, const struct expectation *e, struct finding *f)
{
	struct series s;

	if (metric_series(c->r, "gap", &s) || !s.count) {
		SEEN(f, "cannot be evaluated: fewer than two samples");
		return false;
	}
	double gap = 0;
	const struct point *last = &s.point[s.count - 1];

	if (!strcmp(e->subject, "last")) {
		gap = c->panicked ? c->panic.at_ns - last->at_ns : NAN;
		SEEN(f, "%.3f ms from the last sample at %.3f s to the panic", gap / 1e6, seconds(last->at_ns));
		if (!c->panicked)
			SEEN(f, "cannot be evaluated: there was no panic");
	} else {
		int64_t at = 0;

		for (size_t i = 0; i < s.count; i++)
			if (s.point[i].value > gap) {
				gap = s.point[i].value;
				at = s.point[i].at_ns;
			}
		SEEN(f, "%.3f ms, ending at %.3f s", gap / 1e6, seconds(at));
	}
	series_free(&s);
	return gap <= e->max;
}

static bool judge_output(struct court *c, const struct expectation *e, struct finding *f)
{
	char *text = output_of(c->r, e->id);
	const char *hit = text ? strstr(text, e->subject) : NULL;
	size_t n = text ? strlen(text) : 0;

	if (hit)
		SEEN(f, "printed: %.*s", (int)strcspn(hit, "\n"), hit);
	else
		SEEN(f, "not printed; the last of %zu bytes: %.200s", n, text ? text + (n > 200 ? n - 200 : 0) : "");
	free(text);
	return hit;
}

static bool judge_exit(struct court *c, const struct expectation *e, struct finding *f)
{
	char want[32], how[32];

	snprintf(want, sizeof(want), "exit %lld", (long long)e->status);
	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];

		if (strcmp(t->event, "exit") || strcmp(t->id, e->subject) ||
		    !logfmt_get(t->line, t->length, "status", how, sizeof(how)))
			continue;
		SEEN(f, "%s at %.3f s", how, seconds(t->at_ns));
		return !strcmp(how, want);
	}
	SEEN(f, "it did not end before the scenario did");
	return false;
}

static const struct sysstat_figure *first_difference(const struct sysstat *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->figure[i].agrees)
			return &s->figure[i];
	return NULL;
}

static bool judge_sysstat(struct court *c, const struct expectation *e, struct finding *f)
{
	struct sysstat s;
	char why[160];

	if (sysstat_compare(c->r, e->subject, &s, why)) {
		SEEN(f, "cannot be evaluated: %s", why);
		return false;
	}
	const struct sysstat_figure *d = first_difference(&s);

	SEEN(f, "%s: %zu of %zu figures agree; read between samples %.1f ms apart", s.command, s.agreeing, s.count,
	     s.read[s.reads - 1].apart_ns / 1e6);
	if (d)
		SEEN(f, "%s: %zu of %zu figures agree; %s%s%s%s is %.2f there, and %.2f to %.2f by the samples",
		     s.command, s.agreeing, s.count, *d->cpu ? "CPU " : "", d->cpu, *d->cpu ? " " : "", d->column,
		     d->theirs, d->low, d->high);
	sysstat_free(&s);
	return !d;
}

static bool judge_fired(struct court *c, const struct expectation *e, struct finding *f)
{
	return fired_judge(c->r, c->events.t0_ns, e, f->seen, sizeof(f->seen));
}

static bool judge_console(struct court *c, const struct expectation *e, struct finding *f)
{
	return console_judge(c->r, e->subject, f->seen, sizeof(f->seen));
}

static bool (*const judges[])(struct court *, const struct expectation *, struct finding *) = {
	[EXPECT_PANIC] = judge_panic,     [EXPECT_METRIC] = judge_metric, [EXPECT_LOG] = judge_log,
	[EXPECT_MODEL] = judge_model,     [EXPECT_GAP] = judge_gap,       [EXPECT_OUTPUT] = judge_output,
	[EXPECT_EXIT] = judge_exit,       [EXPECT_FIRED] = judge_fired,   [EXPECT_CONSOLE] = judge_console,
	[EXPECT_SYSSTAT] = judge_sysstat,
};

/* `never:` turns a judgement around, except that what could not be evaluated fails either way. */
static void judge(struct court *c, const struct expectation *e, struct finding *f)
{
	scenario_expect_text(e, f->expected, sizeof(f->expected));
	bool held = judges[e->kind](c, e, f);

	if (e->never)
		held = !held && strncmp(f->seen, "cannot be evaluated", strlen("cannot be evaluated"));
	f->held = held;
	say_printable(f->expected);
	say_printable(f->seen);
}

/* --- how the machine ended --- */

static bool happened(const struct court *c, bool host, const char *event)
{
	for (size_t i = 0; i < c->events.count; i++)
		if (c->events.event[i].host == host && !strcmp(c->events.event[i].event, event))
			return true;
	return false;
}

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

static void conclude(struct court *c, struct verdict *v)
{
	size_t failed = 0;

	for (size_t i = 0; i < v->count; i++)
		failed += !v->finding[i].held;
	if (is_lost(c, v->why, sizeof(v->why))) {
		v->is = VERDICT_LOST;
	} else if (lacks(c, v->why, sizeof(v->why))) {
		v->is = VERDICT_SKIP;
	} else if (failed) {
		v->is = VERDICT_FAIL;
		snprintf(v->why, sizeof(v->why), "%zu of %zu expectations did not hold", failed, v->count);
	} else if (missed_target(c, v->why, sizeof(v->why)) || gave_up(c, v->why, sizeof(v->why)) ||
		   host_failed(c, v->why, sizeof(v->why))) {
		v->is = VERDICT_FAIL;
	} else {
		v->is = VERDICT_PASS;
		snprintf(v->why, sizeof(v->why), "%zu of %zu expectations held", v->count, v->count);
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
