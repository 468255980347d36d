/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family of metrics: figures of one kind, of one source or a few alike. What it is for is in collect/metrics/metric.h; which
 * there are, in collect/metrics/list.h.
 */
#ifndef FUKA_METRICS_FAMILY_H
#define FUKA_METRICS_FAMILY_H

#include "collect/parse/cpu.h"
#include "lib/record/recording.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READING_KEY 128

struct lines;

/* What a name means, and the state that a walk over its samples carries. */
struct reading {
	const char *source, *unit;
	/* 1 and *value, or 0: this sample has no such figure. */
	int (*value)(struct reading *x, const struct frame *f, double *value);
	int index;             /* of a load average, or a CPU's number */
	int mode;              /* enum cpu_mode, or the number of a field */
	char field[64];        /* a line's or a field's name, or a thing's */
	char key[READING_KEY]; /* of the line that it is read from, as the family's line_key() gives it; "": of the
				  whole */
	const struct metric_family *family;
	char line[8]; /* pressure: "some" or "full" */
	size_t hint;  /* where the line was in the sample before */
	bool grows;   /* cumulative: rate.NAME is a metric, too */
	bool rate;    /* growth a second since the sample before */
	double last;  /* rate: that sample's value */
	bool have_last;
	bool interval; /* the point covers the time since the sample before */
	bool have_before;
	struct cpu_line before;
	uint64_t before_ns; /* time of the sample that `before` is from */
};

/* Those found so far. */
struct names {
	char **name; /* ends with NULL */
	size_t count;
	void *known; /* the same as a tree, tsearch(3) */
	bool full;   /* there are more */
	int err;
};

struct metric_family {
	const char *const *sources; /* where its names are looked for; ends with NULL */
	/* Fills *x (zeroed before) where the name is one of its own. */
	bool (*resolve)(const char *name, struct reading *x);
	/* Adds the names that a sample has; without `all` only the usual ones. */
	void (*names)(struct names *t, const char *source, const struct frame *f, bool all);
	/*
	 * What a line is found by, where there may be many; false: it belongs to the line before. A reading's is its
	 * field when resolve() does not set another. NULL: a sample is always read whole.
	 */
	bool (*line_key)(const struct lines *l, char key[READING_KEY]);
};

/* Finds the family of a name, and what it means. */
bool reading_resolve(const char *name, struct reading *x);

/* Of list.h, in its order; ends with NULL. */
extern const struct metric_family *const metric_families[];

/* Adds a name once, and only when it is one that can be asked for. */
__attribute__((format(printf, 2, 3))) void names_add(struct names *t, const char *fmt, ...);

/* --- a sample's text --- */

/* From one whole line to the next: [at, end); false at the end. Begins with {.next = payload, .stop = its end}. */
struct lines {
	const char *next, *stop;
	const char *at, *end;
};

struct lines lines_of(const struct frame *f);
bool lines_next(struct lines *l);

/* The next number of what is left of a line, *p to end; false at its end, and where a word is no number of 64 bits. */
bool lines_number(const char **p, const char *end, double *v);

/* The line "field N" (x->field) of a text. */
int lines_counter(struct reading *x, const struct frame *f, double *value);

/* A line's first word as its key. */
bool lines_key(const struct lines *l, char key[READING_KEY]);

/* Field names are lower-case words, digits and underscores. */
bool lines_is_word(const char *s);

#endif
