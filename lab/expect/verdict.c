// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/expect/expect.h"
#include "lab/expect/console.h"
#include "lib/record/lane.h"
#include "lib/text/logfmt.h"
#include "lib/base/say.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

const char *verdict_judgement(enum judgement j)
{
	static const char *const words[] = {"unknown", "not held", "held"};

	return words[j];
}

/* `never:` inverts a judgement; an unknown one satisfies neither. */
static void judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	expect_text(e, f->expected, sizeof(f->expected));
	f->judged = e->kind->judge(c, e, f);
	f->held = f->judged == (e->never ? JUDGED_NOT_HELD : JUDGED_HELD);
	say_printable(f->expected);
	say_printable(f->seen);
}

/* --- how the machine ended --- */

static bool speaks_of_panic(const struct scenario *s)
{
	for (size_t i = 0; i < s->expects; i++)
		if (!strcmp(s->expect[i].kind->name, "panic"))
			return true;
	return false;
}

/* A generator that missed its target fails the scenario, so that half a load does not pass unnoticed. */
static bool missed_target(const struct evidence *c, char *why, size_t size)
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
		if (!strcmp(s->expect[i].kind->name, "exit") && !strcmp(s->expect[i].subject, id))
			return true;
	return false;
}

static const struct event *find_event(const struct evidence *c, const char *event, const char *id)
{
	for (size_t i = 0; i < c->events.count; i++)
		if (!strcmp(c->events.event[i].event, event) && !strcmp(c->events.event[i].id, id))
			return &c->events.event[i];
	return NULL;
}

/*
 * A generator also fails the scenario if it exits early, never becomes ready, or is unfinished at the end. Being killed
 * by the OOM killer is not a failure.
 */
static bool gave_up(const struct evidence *c, char *why, size_t size)
{
	for (size_t i = 0; i < c->s->entries; i++) {
		const struct entry *e = &c->s->entry[i];
		const struct event *left = find_event(c, "exit", e->id);
		char how[32] = "";
		int status = 0;

		if (!entry_is_load(e) || !find_event(c, "start", e->id) || exit_is_judged(c->s, e->id))
			continue;
		if (left)
			logfmt_get(left->line, left->length, "status", how, sizeof(how));
		if (sscanf(how, "exit %d", &status) == 1 && status)
			snprintf(why, size, "the generator '%s' gave up: it ended with %s at %.3f s", e->id, how,
				 seconds(left->at_ns));
		else if (!left && !find_event(c, "ready", e->id))
			snprintf(why, size, "the generator '%s' was not ready before the end, so there was no load",
				 e->id);
		else if (!left && e->action == ACTION_LOAD && evidence_has(c, false, "end") &&
			 !find_event(c, "achieved", e->id))
			snprintf(why, size,
				 "the generator '%s' had not reported what it achieved when the scenario ended", e->id);
		else
			continue;
		return true;
	}
	return false;
}

/* A generator reported that the machine lacks what it needs, so the scenario is skipped. */
static bool lacks(const struct evidence *c, char *why, size_t size)
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

/* The scenario also fails if a host action was refused, or was unfinished when the scenario ended. */
static bool host_failed(const struct evidence *c, char *why, size_t size)
{
	for (size_t i = 0; i < c->events.count; i++) {
		const struct event *t = &c->events.event[i];
		char detail[128] = "";

		if (!t->host || strcmp(t->event, "refused"))
			continue;
		events_get(t, "detail", detail, sizeof(detail));
		snprintf(why, size, "the host action of '%s' was refused: %s", t->id, detail);
		return true;
	}
	for (size_t i = 0; i < c->s->entries; i++) {
		const struct entry *e = &c->s->entry[i];

		if (e->outside && find_event(c, "start", e->id) && evidence_has(c, false, "end") &&
		    !find_event(c, "done", e->id)) {
			snprintf(why, size, "the host had not sent all packets of '%s' when the scenario ended", e->id);
			return true;
		}
	}
	return false;
}

/* Whether the machine went away unexpectedly, and how. */
static bool is_lost(const struct evidence *c, char *why, size_t size)
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
	else if (c->panicked || (!strcmp(how, "poweroff") && evidence_has(c, false, "end")))
		return false;
	else if (!c->events.started)
		snprintf(why, size, "the timeline never started; %s%s%s", how, *detail ? ": " : "", detail);
	else
		snprintf(why, size, "the machine went away: %s%s%s", *how ? how : "the recording does not say how",
			 *detail ? ": " : "", detail);
	return true;
}

/* The guest wrote what no writer of fuka writes, so nothing that it recorded is evidence. */
static bool tampered(const struct evidence *c, char *why, size_t size)
{
	const char *foreign = recording_meta(c->r, "foreign");

	if (foreign) {
		snprintf(why, size,
			 "the guest wrote %s frames into lanes that may not carry them, the first of source '%s' into "
			 "the lane '%s': "
			 "its records are forged",
			 foreign, recording_meta(c->r, "foreign_source"), recording_meta(c->r, "foreign_lane"));
		return true;
	}
	for (int i = 0; i < LANE_SHARED; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_broken", lane_name(i));
		if (!recording_meta(c->r, key))
			continue;
		snprintf(why, size,
			 "the guest overwrote the positions of the lane '%s': nothing after that is recorded",
			 lane_name(i));
		return true;
	}
	return false;
}

static void conclude_by_findings(const struct evidence *c, struct verdict *v)
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

static void conclude(const struct evidence *c, struct verdict *v)
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

/* Returns why a kernel message may be missing from the recording, or NULL. */
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
			       : "the recording has neither a console nor the kernel log";
	default:
		return "the console cannot be read";
	}
}

/*
 * The missing part of a damaged recording may have decided a judgement, so all become unknown. Damage is found only
 * while reading.
 */
static void doubt(const struct recording *r, struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++) {
		struct finding *f = &v->finding[i];

		f->judged = JUDGED_UNKNOWN;
		f->held = false;
		SEEN(f, "the recording is incomplete: %s", recording_damage(r));
		say_printable(f->seen);
	}
}

int verdict_of(struct recording *r, const struct scenario *s, struct verdict *out)
{
	struct evidence c = {.r = r, .s = s};
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
	if (out->finding && recording_is_partial(r))
		doubt(r, out);
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
