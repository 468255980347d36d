/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word of the timeline is one file, lab/scenario/actions/NAME.c, with one const struct, and a row in list.h. It
 * determines what is read and refused, and its part of `fuka run --help`, fuka-scenario(5) and the JSON Schema.
 */
#ifndef FUKA_ACTION_H
#define FUKA_ACTION_H

#include "lab/scenario/scenario_read.h"

/* The parameters beside a word. */
enum action_parameters {
	PARAMETERS_NONE,
	PARAMETERS_OF_GENERATOR,
	PARAMETERS_OF_FAULT, /* those of its trigger are in trigger: {…} */
};

struct action_kind {
	struct word word;       /* the word itself: name, reader, shape */
	const struct word *own; /* words that only it has beside it; terminated by {0} */
	enum action_parameters parameters;
	/* Reads a key beside it that is in no table; NULL: such keys are refused. */
	void (*parameter)(struct reader *r, const struct yaml *key, const struct yaml *value);
	/*
	 * Carries it out in PID 1, where it blocks the timeline; NULL: lab/guest/timeline.c does it, because it has state.
	 */
	void (*act)(const struct entry *e);
	/* Checks the whole entry; may be NULL. */
	void (*check)(struct reader *r, const struct yaml *map, const struct entry *e);
};

/* The actions of list.h, in its order; NULL-terminated. */
extern const struct action_kind *const action_kinds[];

/* at:, for:, id: of every entry; terminated by {0}. */
extern const struct word action_common_words[];

/* The words within host:, and those that belong to one of them; NULL-terminated. */
extern const struct word *const action_host_words[];

/* Sets a parameter of the entry's load; `of` is its owner in messages. */
void action_set(struct reader *r, const char *of, const struct yaml *key, const struct yaml *value);

/* Reads a key beside the action as a parameter of its generator or fault. */
void action_parameter(struct reader *r, const struct yaml *key, const struct yaml *value);

#endif
