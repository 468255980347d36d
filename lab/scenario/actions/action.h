/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word of the timeline: one file, lab/scenario/actions/NAME.c, with one const struct, and a row in list.h. From it come what
 * is read and refused, `fuka run --help`, fuka-scenario(5) and the JSON Schema.
 */
#ifndef FUKA_ACTION_H
#define FUKA_ACTION_H

#include "lab/scenario/scenario_read.h"

/* What stands beside a word as parameters. */
enum action_parameters {
	PARAMETERS_NONE,
	PARAMETERS_OF_GENERATOR,
	PARAMETERS_OF_FAULT, /* those of its trigger stand in trigger: {…} */
};

struct action_kind {
	struct word word;       /* its own: name, reader, shape */
	const struct word *own; /* what only it has beside it; ends with {0} */
	enum action_parameters parameters;
	/* A key beside it that is in no table; NULL: there is none. */
	void (*parameter)(struct reader *r, const struct yaml *key, const struct yaml *value);
	/* Does it, in PID 1, whose timeline stands still meanwhile; NULL: lab/guest/timeline.c does, as it has a state of its own. */
	void (*act)(const struct entry *e);
	/* What only the whole entry can tell. NULL: nothing. */
	void (*check)(struct reader *r, const struct yaml *map, const struct entry *e);
};

/* Of list.h, in its order; ends with NULL. */
extern const struct action_kind *const action_kinds[];

/* at:, for:, id: of every entry; ends with {0}. */
extern const struct word action_common_words[];

/* What stands in host:, and what in one of them; ends with NULL. */
extern const struct word *const action_host_words[];

/* Sets a parameter of the entry's load; `of` is what messages say it is of. */
void action_set(struct reader *r, const char *of, const struct yaml *key, const struct yaml *value);

/* A key beside the action: a parameter of its generator or fault. */
void action_parameter(struct reader *r, const struct yaml *key, const struct yaml *value);

#endif
