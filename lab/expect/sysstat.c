// SPDX-License-Identifier: GPL-2.0-or-later
/* The figures printed by mpstat or sar in the guest are within the range that the samples around its readings allow. */
#include "lab/expect/expect.h"
#include "collect/analyse/sysstat.h"

static const struct word words[] = {{0}};

static const struct sysstat_figure *first_difference(const struct sysstat *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->figure[i].agrees)
			return &s->figure[i];
	return NULL;
}

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
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

extern const struct expectation_kind expectation_sysstat;

const struct expectation_kind expectation_sysstat = {
	.name = "sysstat",
	.help = "{sysstat: mpstat}                                the figures of that run of mpstat or sar agree with the samples\n",
	.words = words,
	.judge = judge,
	.of_entry = true,
	.of_program = true,
};
