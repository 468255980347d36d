// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is struct sysinfo as sysinfo(2) fills it on x86-64: long uptime; unsigned long loads[3]; … with
 * loads[i] = avenrun[i] << 5. Eight spinning tasks, HZ=250, from an idle machine:
 *
 *	avenrun 0 0 0 -> 1312 272 88 -> 2519 539 176 -> …	at CLOCK_MONOTONIC 5.044, 10.048, …
 *
 * (PHYSICS.md; with other boot options the same grid was seen 1.2 s later, so its phase is never assumed.)
 *
 * An update that leaves the averages unchanged (0 -> 0, or n already reached) is invisible, but counts. So the grid of
 * updates, one every 5 * HZ + 1 ticks, is found first, by intersecting the constraints on its phase from all visible
 * changes, and every point of the grid is an update. Changes that no point of the grid explains are updates too. If
 * samples are further apart than updates, they give no constraints: then the phase is the one that explains most of
 * them.
 *
 * A tickless idle machine may do several updates at once (calc_global_nohz: one step, then calc_load_n for the rest),
 * which rounds differently from single steps, so all three ways are tried.
 */
#include "collect/analyse/loadmodel.h"
#include "collect/analyse/events.h"
#include "collect/parse/task_walk.h"
#include "lib/kernel/loadavg.h"
#include "lib/base/array.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#define N_MAX       (1 << 22) /* PID_MAX_LIMIT */
#define STEPS_MAX   4096      /* single steps tried; beyond (5.7 hours without a sample) only calc_load_n */
#define STEPS_ALL   (1 << 24) /* of all updates together: years of updates take a second to compute */
#define SEARCH      50        /* number of phases tried if no change constrains it */
#define SAMPLES_MAX (1 << 20) /* 40 MiB: a day at ten samples per second */
#define UPDATES_MAX (1 << 18) /* two weeks of updates */
#define AT_ONCE     4096      /* maximum number of events checked around one time */
#define SEARCH_SPAN 20000     /* updates; beyond that (a day) only one phase is tried */

struct sample {
	int64_t before_ns, after_ns;
	unsigned long avenrun[3];
};

struct samples {
	struct sample *at;
	size_t count;
	bool cut;
};

/* The times at which updates become visible: phase_ns + k * period_ns. */
struct grid {
	int64_t period_ns, tick_ns, phase_ns;
	int64_t slack_ns; /* uncertainty of phase_ns */
	bool guessed;     /* no change constrains the grid */
	long steps_left;  /* budget of single steps */
};

/* --- samples --- */

static int sample_add(struct samples *s, const struct frame *f, uint64_t t0_ns)
{
	struct sysinfo info;

	if (f->head.payload_length < offsetof(struct sysinfo, totalram))
		return 0;
	if (s->count == SAMPLES_MAX) {
		s->cut = true;
		return 0;
	}
	if (!array_grow(&s->at, s->count, sizeof(*s->at)))
		return -ENOMEM;
	memcpy(&info, f->payload, offsetof(struct sysinfo, totalram));
	struct sample *p = &s->at[s->count++];
	p->before_ns = events_since(f->head.before_ns, t0_ns);
	p->after_ns = events_since(f->head.after_ns, t0_ns);
	if (p->after_ns < p->before_ns)
		p->after_ns = p->before_ns;
	for (int i = 0; i < 3; i++)
		p->avenrun[i] = (info.loads[i] >> 5) % ((unsigned long)N_MAX * LOADAVG_ONE);
	return 0;
}

static int samples_read(struct recording *r, uint64_t t0_ns, struct samples *out)
{
	static const char *const sources[] = {"sysinfo", NULL};
	struct samples s = {0};
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor(r, sources, &c);

	if (err)
		return err;
	while (!err && (err = recording_next(c, &f)) == 1)
		err = sample_add(&s, &f, t0_ns);
	recording_cursor_free(c);
	if (err)
		free(s.at);
	else
		*out = s;
	return err;
}

static bool changed(const struct sample *s)
{
	return memcmp(s[-1].avenrun, s[0].avenrun, sizeof(s->avenrun)) != 0;
}

/* --- the grid --- */

/* Rounds towards minus infinity, as updates before t0 have negative times. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * A change between two samples means that lo < phase + k * period <= hi for some k. The first change gives a window,
 * and each later one narrows it; a change that contradicts the others is ignored here. False if no change gives a
 * constraint: there was none, or the samples are further apart than the updates.
 */
static bool grid_from_changes(struct grid *g, const struct samples *s)
{
	int64_t lo = 0, hi = 0, T = g->period_ns;
	bool have = false;

	for (size_t i = 1; i < s->count; i++) {
		int64_t a = s->at[i - 1].before_ns + 1, b = s->at[i].after_ns;

		if (!changed(&s->at[i]) || b - a >= T)
			continue;
		if (have) {
			int64_t k = floor_div(b - lo, T);
			int64_t l = lo + k * T, h = hi + k * T;

			a = a > l ? a : l;
			b = b < h ? b : h;
			if (a > b)
				continue;
		}
		lo = a;
		hi = b;
		have = true;
	}
	g->phase_ns = lo + (hi - lo) / 2;
	g->slack_ns = (hi - lo) / 2;
	return have;
}

/*
 * The number of updates that were visible up to sample i. If an update is within a tick of the read itself, the sample
 * decides: if it changed, the update came before, else after.
 */
static int64_t visible_at(const struct grid *g, const struct samples *s, size_t i)
{
	const struct sample *p = &s->at[i];
	int64_t certain = floor_div(p->before_ns - g->tick_ns - g->phase_ns, g->period_ns);
	int64_t possible = floor_div(p->after_ns + g->tick_ns - g->phase_ns, g->period_ns);
	int64_t likely = floor_div(p->after_ns - g->phase_ns, g->period_ns);

	if (certain == possible)
		return certain;
	if (i > 0 && changed(p) && floor_div(s->at[i - 1].after_ns + g->tick_ns - g->phase_ns, g->period_ns) <= certain)
		return possible;
	if (i + 1 < s->count && changed(p + 1) &&
	    floor_div(p[1].before_ns - g->tick_ns - g->phase_ns, g->period_ns) <= possible)
		return certain;
	return likely;
}

/* --- solving one update --- */

enum way {
	SINGLE,
	FIRST_THEN_BULK,
	BULK,
	WAYS
};

static unsigned long go(unsigned long avenrun, unsigned long e, unsigned long n, unsigned steps, enum way way)
{
	if (way == FIRST_THEN_BULK)
		return loadavg_step_bulk(loadavg_step(avenrun, e, n), e, n, steps - 1);
	if (way == BULK)
		return loadavg_step_bulk(avenrun, e, n, steps);
	for (unsigned i = 0; i < steps; i++)
		avenrun = loadavg_step(avenrun, e, n);
	return avenrun;
}

static long apart(unsigned long a, unsigned long b)
{
	return a > b ? (long)(a - b) : (long)(b - a);
}

/* Largest deviation of the three averages if n tasks were active throughout. */
static long deviation(const struct load_update *u, unsigned long n, enum way way)
{
	long worst = 0;

	for (int i = 0; i < 3; i++) {
		long d = apart(go(u->before[i], loadavg_exp[i], n, u->steps, way), u->after[i]);

		worst = d > worst ? d : worst;
	}
	return worst;
}

/*
 * Finds the n that fits best with this way of stepping. Each average grows with n, so bisection on the fastest one
 * finds it.
 */
static void solve(struct load_update *u, enum way way)
{
	unsigned long lo = 0, hi = N_MAX;

	while (lo < hi) {
		unsigned long mid = lo + (hi - lo) / 2;

		if (go(u->before[0], loadavg_exp[0], mid, u->steps, way) < u->after[0])
			lo = mid + 1;
		else
			hi = mid;
	}
	for (unsigned long n = lo ? lo - 1 : 0; n <= lo + 1; n++) {
		long d = deviation(u, n, way);

		if (u->residual < 0 || d < u->residual) {
			u->residual = d;
			u->n = n;
		}
	}
}

/* Whether several updates between two samples are explained by the n declared for each. */
static bool declared_explains(const struct load_update *u, const struct events *t, int64_t period_ns)
{
	unsigned long a[3] = {u->before[0], u->before[1], u->before[2]};

	for (unsigned k = u->steps; k-- > 0;) {
		long n = events_declared(t, u->active_ns - k * period_ns);

		for (int i = 0; i < 3; i++)
			a[i] = loadavg_step(a[i], loadavg_exp[i], n < 0 ? 0 : n);
	}
	return !memcmp(a, u->after, sizeof(a));
}

/*
 * Whether n was declared at some time at which the kernel may have counted the tasks, given the uncertainty of the
 * grid: a declaration within that time may have come before the count or after it.
 */
static bool declared_about(const struct events *t, int64_t at_ns, int64_t slack_ns, long n)
{
	if (events_declared(t, at_ns - slack_ns) == n)
		return true;
	size_t lo = 0, hi = t->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->event[mid].latest_ns < at_ns - slack_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo; i < t->count && i < lo + AT_ONCE && t->event[i].latest_ns <= at_ns + slack_ns; i++)
		if (t->event[i].declared == n)
			return true;
	return false;
}

/* Returns false if the update was not computed step by step because the budget of steps was used up. */
static bool explain(struct load_update *u, const struct events *t, struct grid *g)
{
	bool few = u->steps <= STEPS_MAX, single = few && (u->steps == 1 || u->steps <= g->steps_left);

	u->declared = events_declared(t, u->active_ns);
	u->residual = -1;
	if (u->steps > 1 && single)
		g->steps_left -= u->steps;
	if (u->steps > 1 && single && u->declared >= 0 && declared_explains(u, t, g->period_ns)) {
		u->n = u->declared;
		u->residual = 0;
		return true;
	}
	for (enum way way = single ? SINGLE : FIRST_THEN_BULK; way < (u->steps > 1 ? WAYS : 1); way++)
		if (u->residual)
			solve(u, way);
	if (!u->residual && u->declared >= 0 && u->n != u->declared &&
	    declared_about(t, u->active_ns, g->slack_ns, u->n))
		u->declared = u->n;
	return single || !few;
}

/* --- the tasks behind an exception --- */

/* Appends "comm(pid,state)" of each task in that state. */
static size_t who_in(char *who, size_t size, size_t at, const struct frame *walk, char state)
{
	struct task_walk_text t = task_walk_text(walk->payload, walk->head.payload_length);
	struct task_walk_line l;

	while (at + 40 < size && task_walk_next(&t, &l))
		if (l.state == state)
			at += snprintf(who + at, size - at, "%s%.15s(%d,%c)", at ? " " : "", l.comm, l.pid, state);
	return at;
}

/* Lists tasks in R first, because those in D are mostly the declared ones. */
static void who_from(char *who, size_t size, const struct frame *walk)
{
	who[0] = '\0';
	who_in(who, size, who_in(who, size, 0, walk, 'R'), walk, 'D');
}

static bool is_exception(const struct load_update *u)
{
	return u->declared >= 0 && u->n != u->declared;
}

/* Updates and walks are ordered by time: the nearest walk is the last one before an update, or the first after it. */
static int name_exceptions(struct recording *r, struct load_model *m, uint64_t t0_ns)
{
	static const char *const sources[] = {"tasks", NULL};
	struct recording_cursor *c = NULL;
	struct frame f;
	char before[sizeof(m->update->who)] = "", who[sizeof(before)];
	int64_t before_ns = INT64_MIN / 2;
	size_t i = 0;
	int err;

	while (i < m->count && !is_exception(&m->update[i]))
		i++;
	if (i == m->count)
		return 0;
	err = recording_cursor(r, sources, &c);
	while (!err && i < m->count && (err = recording_next(c, &f)) == 1) {
		int64_t at = events_since(f.head.before_ns, t0_ns);

		err = 0;
		who_from(who, sizeof(who), &f);
		for (; i < m->count && m->update[i].active_ns <= at; i++)
			if (is_exception(&m->update[i]))
				strcpy(m->update[i].who,
				       at - m->update[i].active_ns < m->update[i].active_ns - before_ns ? who : before);
		strcpy(before, who);
		before_ns = at;
	}
	if (!err)
		for (; i < m->count; i++)
			if (is_exception(&m->update[i]))
				strcpy(m->update[i].who, before);
	recording_cursor_free(c);
	return err;
}

/* --- all of it --- */

static int update_add(struct load_model *m, const struct load_update *u)
{
	if (m->count == UPDATES_MAX) {
		m->cut = true;
		return 0;
	}
	if (array_push(m->update, m->count, *u))
		return -ENOMEM;
	m->exact += u->residual == 0;
	m->exceptions += u->residual == 0 && u->declared >= 0 && u->declared != u->n;
	m->worst = u->residual > m->worst ? u->residual : m->worst;
	return 0;
}

static int updates_find(struct load_model *m, const struct samples *s, struct grid *g, const struct events *t)
{
	int err = 0;

	for (size_t i = 1; i < s->count && !err; i++) {
		const struct sample *p = &s->at[i];
		int64_t seen = visible_at(g, s, i), steps = seen - visible_at(g, s, i - 1);
		struct load_update u = {.after_ns = p[-1].before_ns, .seen_ns = p->after_ns};

		if (p->after_ns <= 0 || (steps <= 0 && !changed(p)))
			continue;
		u.steps = steps <= 0 ? 1 : steps > INT32_MAX ? INT32_MAX : (unsigned)steps;
		u.active_ns = g->phase_ns + seen * g->period_ns - 10 * g->tick_ns;
		if (steps <= 0) /* off the grid: it happened at an unknown time between the two */
			u.active_ns = p->after_ns - 10 * g->tick_ns;
		memcpy(u.before, p[-1].avenrun, sizeof(u.before));
		memcpy(u.after, p->avenrun, sizeof(u.after));
		m->cut |= !explain(&u, t, g);
		if (g->guessed && !changed(p) && u.residual) /* no visible change, and the grid is only guessed */
			continue;
		err = update_add(m, &u);
	}
	return err;
}

/* Tries phases from `from` on, `step` apart; *m and *best have the best result so far. */
static int updates_try(struct load_model *m, const struct samples *s, struct grid *g, const struct events *t,
		       int64_t from, int64_t step, int tries, int64_t *best)
{
	int err = 0;

	for (int i = 0; i < tries && !err && (*best == INT64_MIN || m->count != m->exact); i++) {
		struct load_model found = {.hz = m->hz};

		g->phase_ns = from + i * step;
		err = updates_find(&found, s, g, t);
		if (!err && (*best == INT64_MIN || found.count - found.exact < m->count - m->exact)) {
			load_model_free(m);
			*m = found;
			*best = g->phase_ns;
		} else {
			load_model_free(&found);
		}
	}
	return err;
}

/* Searches the phase coarsely, then twice more finely around the best one. */
static int updates_search(struct load_model *m, const struct samples *s, struct grid *g, const struct events *t)
{
	int64_t first = s->at[0].before_ns, span = s->at[s->count - 1].after_ns - first, best = INT64_MIN;
	int64_t step = g->period_ns / SEARCH;

	g->guessed = true;
	g->slack_ns = 0;
	if (span / g->period_ns > SEARCH_SPAN)
		return updates_try(m, s, g, t, first, step, 1, &best);
	int err = updates_try(m, s, g, t, first, step, SEARCH, &best);
	for (int closer = 0; closer < 2 && !err; closer++) {
		err = updates_try(m, s, g, t, best - step, step / 10, 20, &best);
		step /= 10;
	}
	return err;
}

int load_model(struct recording *r, struct load_model *out)
{
	const char *hz = recording_meta(r, "hz");
	struct load_model m = {.hz = hz ? strtoul(hz, NULL, 10) : 250};
	struct samples s = {0};
	struct events t;
	struct grid g = {.steps_left = STEPS_ALL};
	size_t after = 0;
	int err = events_read(r, &t);

	if (err)
		return err;
	if (m.hz < 24 || m.hz > 10000)
		m.hz = 250;
	g.tick_ns = 1000000000 / m.hz;
	g.period_ns = loadavg_period_ns(m.hz);
	err = samples_read(r, t.t0_ns, &s);
	for (size_t i = 0; i < s.count; i++)
		after += s.at[i].after_ns >= 0;
	if (!err && after < 2)
		err = -ENODATA;
	if (!err) {
		err = grid_from_changes(&g, &s) ? updates_find(&m, &s, &g, &t) : updates_search(&m, &s, &g, &t);
	}
	m.cut |= s.cut;
	if (!err)
		err = name_exceptions(r, &m, t.t0_ns);
	free(s.at);
	events_free(&t);
	if (err)
		load_model_free(&m);
	else
		*out = m;
	return err;
}

void load_model_free(struct load_model *m)
{
	free(m->update);
	*m = (struct load_model){0};
}
