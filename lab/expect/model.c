// SPDX-License-Identifier: GPL-2.0-or-later
/* All three load averages follow, bit for bit, from the number of tasks that the generators declared. */
#include "lab/expect/expect.h"
#include "collect/analyse/loadmodel.h"

#include <string.h>

static const struct word words[] = {EXPECT_WORD(residual), EXPECT_WORD(exceptions), {0}};

static void check_word(struct reader *r, const struct yaml *key, const struct yaml *value, const char *subject)
{
	static const char *const known[] = {"load", NULL};

	(void)subject;
	expect_one_of(r, key, value, known);
}

static void text(const struct expectation *e, char *buf, size_t size)
{
	expect_add(buf, size, " residual %lld, exceptions <= %lld", (long long)e->residual, (long long)e->exceptions);
}

/* Lists as many exceptions as fit, with time, n and task. */
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

static enum judgement judge(const struct evidence *c, const struct expectation *e, struct finding *f)
{
	struct load_model m;
	int r = load_model(c->r, &m);

	if (r) {
		SEEN(f, "the recording has fewer than two samples of the load average");
		return JUDGED_UNKNOWN;
	}
	SEEN(f, "%zu updates, residual %ld, %zu with n other than declared", m.count, m.worst, m.exceptions);
	list_exceptions(&m, e, f);
	enum judgement j = m.count && !m.cut && !c->events.left_out
				   ? judged(m.worst <= e->residual && m.exceptions <= (size_t)e->exceptions)
				   : JUDGED_UNKNOWN;

	load_model_free(&m);
	return j;
}

extern const struct expectation_kind expectation_model;

const struct expectation_kind expectation_model = {
	.name = "model",
	.help = "{model: load, residual: 0, exceptions: 0}\n",
	.words = words,
	.judge = judge,
	.subject = check_word,
	.text = text,
};
