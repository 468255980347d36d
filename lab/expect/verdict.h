/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict compares a scenario's expectations with its recording, and uses nothing else: a recording made today can
 * be judged again tomorrow.
 *
 *	pass	everything expected held, nothing that must never be was
 *	fail	something did not hold, or nobody can say whether it did
 *	lost	the machine went away and the scenario did not expect it: killed, hung, ended early, or a panic nobody
 *		expected. Never the same as fail.
 *	skip	a load could not be made: something this machine lacks, named
 */
#ifndef FUKA_VERDICT_H
#define FUKA_VERDICT_H

#include "lab/scenario/scenario.h"
#include "lib/record/recording.h"

enum verdict_is {
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_LOST,
	VERDICT_SKIP
};

/* Unknown: there was no sample, no such field, or the evidence could not be read. It never counts as held. */
enum judgement {
	JUDGED_UNKNOWN,
	JUDGED_NOT_HELD,
	JUDGED_HELD
};

struct finding {
	enum judgement judged; /* whether what the expectation names was true */
	bool held;             /* whether the expectation is satisfied: it held, or under `never:` it did not */
	char expected[320];    /* the expectation as a sentence */
	char seen[320];        /* the value seen, with its time and source */
};

struct verdict {
	enum verdict_is is;
	char why[320]; /* one sentence */
	struct finding *finding;
	size_t count;
};

const char *verdict_word(enum verdict_is v);
int verdict_exit(enum verdict_is v); /* an enum fuka_exit */

const char *verdict_judgement(enum judgement j); /* "held", "not held", "unknown" */

/* Judges all expectations. 0, or -errno if reading failed. */
int verdict_of(struct recording *r, const struct scenario *s, struct verdict *out);
void verdict_free(struct verdict *v);

#endif
