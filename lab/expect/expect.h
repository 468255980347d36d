/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expectations are the half of the scenario language that PID 1 does not read. A kind is one file, lab/expect/NAME.c,
 * with one const struct, and a row in list.h. It provides the words that may stand in it, its part of `fuka run
 * --help`, the sentence that describes it, and the judgement.
 */
#ifndef FUKA_EXPECT_H
#define FUKA_EXPECT_H

#include "collect/analyse/events.h"
#include "collect/analyse/klog.h"
#include "lab/expect/verdict.h"
#include "lab/expect/words.h"

/* Everything by which expectations are judged, read once. */
struct evidence {
	struct recording *r;
	const struct scenario *s;
	struct events events;
	struct klog klog;
	struct klog_panic panic;
	bool panicked;
	const char *unread; /* why a kernel message may be missing from the recording; NULL: none is */
};

struct expectation_kind {
	const char *name;         /* its word, "panic" */
	const char *help;         /* lines of `fuka run --help`: examples, and when they hold */
	const struct word *words; /* the words beside it; terminated by {0} */
	bool counts;              /* without bounds: at least once */
	bool of_entry;            /* the subject is an entry's id */
	bool of_program;          /* that entry, or id:, must be a program */
	bool of_module;           /* it is about the kernel module's actions */
	bool bound_is_time;       /* min: and max: are nanoseconds */
	/* Checks its own value and reports errors; NULL: any text is valid. */
	void (*subject)(struct reader *r, const struct yaml *key, const struct yaml *value, const char *subject);
	/* Checks that its words are consistent; NULL: they always are. */
	void (*check)(struct reader *r, const struct yaml *map, const struct expectation *e);
	/* Adds to the sentence what is specific to this kind; may be NULL. */
	void (*text)(const struct expectation *e, char *buf, size_t size);
	/* Judges it, and writes the evidence into f->seen. */
	enum judgement (*judge)(const struct evidence *c, const struct expectation *e, struct finding *f);
};

/* The kinds of list.h, in its order; NULL-terminated. */
extern const struct expectation_kind *const expectation_kinds[];

/* A scenario_expect_fn. */
void expect_read(struct reader *r, const struct yaml *list, bool never);

/* Writes an expectation as one line: "panic 'System is deadlocked on memory' by 60s". */
void expect_text(const struct expectation *e, char *buf, size_t size);

/* Appends to a sentence, truncated if it does not fit. */
void expect_add(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Checks that the value is one of these words (NULL-terminated). */
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

/* Whether v is within min: and max:, both inclusive. */
bool expect_in_bounds(const struct expectation *e, double v);

/* Whether the recording has this event, by the host or in the guest. */
bool evidence_has(const struct evidence *c, bool host, const char *event);

/* Whether entry `id` (NULL: any) started. */
bool evidence_started(const struct evidence *c, const char *id);

/* Whether the lane lost or refused frames, or has more events than are kept: then a missing event proves nothing. */
bool evidence_lane_lost(const struct evidence *c, const char *lane);

#endif
