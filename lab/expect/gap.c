// SPDX-License-Identifier: GPL-2.0-or-later
/* The time without samples: the largest gap, or the one before the panic. */
#include "lab/expect/expect.h"
#include "collect/metrics/metric.h"

#include <math.h>
#include <string.h>

static const struct word words[] = {EXPECT_WORD(max), {0}};

static void check_word(struct reader *r, const struct yaml *key, const struct yaml *value, const char *subject)
{
	static const char *const known[] = {"last", "largest", NULL};

	(void)subject;
	expect_one_of(r, key, value, known);
}

static void check(struct reader *r, const struct yaml *map, const struct expectation *e)
{
	if (isnan(e->max))
		read_wrong(r, map, "gap: needs max:, the longest time allowed");
}

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	bool last = !strcmp(e->subject, "last");
	int64_t at = 0;
	struct series s;
	double gap = 0;

	if (metric_series(c->r, "gap", &s)) {
		SEEN(f, "the recording has fewer than two samples");
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
	bool cut = s.cut;

	series_free(&s);
	if (cut) {
		SEEN(f, "the recording has more samples than the limit");
		return JUDGED_UNKNOWN;
	}
	if (last && !c->panicked) {
		SEEN(f, "there was no panic, so the gap before it is unknown");
		return JUDGED_UNKNOWN;
	}
	if (last)
		SEEN(f, "%.3f ms from the last sample at %.3f s to the panic", gap / 1e6, seconds(at));
	else
		SEEN(f, "%.3f ms, ending at %.3f s", gap / 1e6, seconds(at));
	return judged(gap <= e->max);
}

extern const struct expectation_kind expectation_gap;

const struct expectation_kind expectation_gap = {
	.name = "gap",
	.help = "{gap: last, max: 200ms}                gap: largest; last: from the last sample to the panic\n",
	.words = words,
	.judge = judge,
	.bound_is_time = true,
	.subject = check_word,
	.check = check,
};
