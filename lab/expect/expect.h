/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expectations: the half of the scenario's language that PID 1 does not read. A kind is one file, lab/expect/NAME.c, with
 * one const struct, and a row in list.h: from it come the words that may stand in it, `fuka run --help`, the sentence that
 * says it back, and the judgement.
 */
#ifndef FUKA_EXPECT_H
#define FUKA_EXPECT_H

#include "collect/analyse/events.h"
#include "collect/analyse/klog.h"
#include "lab/expect/verdict.h"
#include "lab/expect/words.h"

/* All that expectations are judged by, read once. */
struct evidence {
	struct recording *r;
	const struct scenario *s;
	struct events events;
	struct klog klog;
	struct klog_panic panic;
	bool panicked;
	const char *unread; /* why something that the kernel printed may not be in the recording; NULL: all is */
};

struct expectation_kind {
	const char *name;         /* its word, "panic" */
	const char *help;         /* lines of `fuka run --help`: an example each, and when it holds */
	const struct word *words; /* what may stand beside it; ends with {0} */
	bool counts;              /* without bounds: at least once */
	bool of_entry;            /* the subject is an entry's id */
	bool of_program;          /* that entry, or id:, has to be a program */
	bool of_module;           /* it is about what the kernel module does */
	bool bound_is_time;       /* min: and max: are nanoseconds */
	/* Whether its own value can be one: says what is wrong with it. NULL: any text. */
	void (*subject)(struct reader *r, const struct yaml *key, const struct yaml *value, const char *subject);
	/* Whether its words go together. NULL: they always do. */
	void (*check)(struct reader *r, const struct yaml *map, const struct expectation *e);
	/* Adds to the sentence what only this kind has. NULL: nothing. */
	void (*text)(const struct expectation *e, char *buf, size_t size);
	/* Whether it was so, and into f->seen by what. */
	enum judgement (*judge)(const struct evidence *c, const struct expectation *e, struct finding *f);
};

/* Of list.h, in its order; ends with NULL. */
extern const struct expectation_kind *const expectation_kinds[];

/* A scenario_expect_fn. */
void expect_read(struct reader *r, const struct yaml *list, bool never);

/* One line that says an expectation back to a person: "panic 'System is deadlocked on memory' by 60s". */
void expect_text(const struct expectation *e, char *buf, size_t size);

/* Appends to a sentence; what does not fit is cut. */
void expect_add(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The subject is one of these words (NULL-terminated). */
void expect_one_of(struct reader *r, const struct yaml *key, const struct yaml *value, const char *const *words);

/* --- for judges --- */

#define SEEN(f, ...) snprintf((f)->seen, sizeof((f)->seen), __VA_ARGS__)

static inline enum judgement judged(bool held)
{
	return held ? JUDGED_HELD : JUDGED_NOT_HELD;
}

static inline double seconds(int64_t ns)
{
	return ns / 1e9;
}

/* min: and max:, both inclusive. */
bool expect_in_bounds(const struct expectation *e, double v);

/* Whether the recording has this event, by the host or in the guest. */
bool evidence_has(const struct evidence *c, bool host, const char *event);

/* Whether entry `id` (NULL: any) started, so that there can be something of it. */
bool evidence_started(const struct evidence *c, const char *id);

/* Whether the lane lost frames, took no more, or has more events than are kept: that something is not in it proves nothing. */
bool evidence_lane_lost(const struct evidence *c, const char *lane);

#endif
