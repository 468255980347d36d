/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a command: a table of parameters (param.h), read by one parser and shown by one printer.
 *
 *	--name VALUE  --name=VALUE  -n VALUE  -nVALUE	every type but PARAM_BOOL
 *	--name  --name=no  -n				PARAM_BOOL
 *
 * Options and operands may be mixed; after "--" nothing is an option. A '-' in a name also stands for the '_' of a row.
 */
#ifndef FUKA_OPTIONS_H
#define FUKA_OPTIONS_H

#include "lib/text/param.h"

/* Takes an option that is in no table; as param_set(). */
typedef int options_other(void *user, const char *name, const char *value, char why[PARAM_WHY]);

struct options {
	const char *command;       /* the subcommand's name, for messages */
	const struct param *table; /* its options; NULL: none */
	void *values;              /* the struct that the table describes */
	options_other *other;      /* for options beyond the table, which all take a value; NULL: there are none */
	void *user;                /* handed to `other` */
	bool runs_program;         /* what stands after "--" is a program and its arguments, no operands */

	char **operand; /* out: points into argv, which is put into another order */
	int operands;
	char **program; /* out: NULL when there is no "--" */
};

/*
 * Sets defaults, then what argv[1] … say. Returns 0, or -EINVAL when it has said what is wrong. The texts in `values`
 * are the caller's to free, with param_free(), in both cases.
 */
int options_parse(struct options *o, int argc, char **argv);

/* "-k, --kernel NAME": how an option is written. */
void options_spelling(const struct param *p, char *buf, size_t size);

/* "runs each scenario N times (1 to 1000; default 1)": its help with its range and its default. */
void options_meaning(const struct param *p, char *buf, size_t size);

/* One option per row, wrapped; for --help. */
void options_print(FILE *out, const struct param *table);

#endif
