// SPDX-License-Identifier: GPL-2.0-or-later
/* A figure computed from samples: at a time, in a window, or absent there. */
#include "lab/expect/expect.h"
#include "collect/metrics/metric.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const struct word words[] = {EXPECT_WORD(at),     EXPECT_WORD(from),   EXPECT_WORD(to),
				    EXPECT_WORD(within), EXPECT_WORD(min),    EXPECT_WORD(max),
				    EXPECT_WORD(mean),   EXPECT_WORD(absent), {0}};

static void check_name(struct reader *r, const struct yaml *key, const struct yaml *value, const char *subject)
{
	(void)key;
	if (!metric_known(subject))
		read_wrong(r, value, "metric: there is no metric '%s'; there are:\n%s", subject, metric_help);
}

static void check(struct reader *r, const struct yaml *map, const struct expectation *e)
{
	bool bounded = !isnan(e->min) || !isnan(e->max);

	if (!bounded && !e->absent)
		read_wrong(r, map, "metric: expected within:, min:, max: or absent: true");
	if (e->absent && (bounded || e->mean || e->at_ns != NOT_GIVEN))
		read_wrong(r, map, "absent: it allows only from: and to: beside it, no bound, mean: or at:");
	if (e->at_ns != NOT_GIVEN && (e->from_ns != NOT_GIVEN || e->to_ns != NOT_GIVEN))
		read_wrong(r, map, "metric: expected either at: or from: and to:, not both");
}

/* at: judges the first sample at or after that time. */
static enum judgement judge_point(const struct expectation *e, const struct series *s, struct finding *f)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct point *p = &s->point[i];

		if (p->at_ns < e->at_ns)
			continue;
		SEEN(f, "%.6g %s at %.3f s", p->value, s->unit, seconds(p->at_ns));
		return isnan(p->value) ? JUDGED_UNKNOWN : judged(expect_in_bounds(e, p->value));
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

/* from/to: judges every interval that lies inside, or their mean weighted by length. */
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
	return judged(e->mean ? expect_in_bounds(e, sum / weight)
			      : expect_in_bounds(e, least) && expect_in_bounds(e, greatest));
}

/* absent: holds if its source was read in that time and no sample has the figure. */
static enum judgement judge_absence(const struct evidence *c, const struct expectation *e, const struct series *s,
				    struct finding *f)
{
	int64_t from = window_from(e), to = window_to(e);
	const char *source = metric_source(e->subject);
	int sampled = metric_sampled(c->r, source, from, to);
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		n += s->point[i].at_ns >= from && s->point[i].at_ns <= to;
	if (n)
		SEEN(f, "%zu samples in that time have the metric", n);
	else if (sampled == 1)
		SEEN(f, "no sample of %s in that time has the metric", source);
	else
		SEEN(f, "there is no sample of %s in that time", source);
	return n ? JUDGED_NOT_HELD : sampled == 1 ? JUDGED_HELD : JUDGED_UNKNOWN;
}

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
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
	if (s.cut && (e->at_ns < 0 || j == JUDGED_UNKNOWN)) {
		SEEN(f, "the recording has more samples than the limit");
		j = JUDGED_UNKNOWN;
	}
	series_free(&s);
	return j;
}

extern const struct expectation_kind expectation_metric;

const struct expectation_kind expectation_metric = {
	.name = "metric",
	.help = "{metric: load1, at: 20s, within: [1.0, 2.0]}     at: the first sample at or after\n"
		"{metric: cpu.idle, from: 6s, to: 19s, min: 95%}  every interval wholly inside; mean: true for the mean\n"
		"{metric: cpu1.idle, from: 5s, to: 7s, absent: true}    no sample there has it, and its source was read\n",
	.words = words,
	.judge = judge,
	.subject = check_name,
	.check = check,
};
