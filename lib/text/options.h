/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a command are a table of parameters (param.h), with one parser and one printer.
 *
 *	--name VALUE  --name=VALUE  -n VALUE  -nVALUE	every type but PARAM_BOOL
 *	--name  --name=no  -n				PARAM_BOOL
 *
 * Options and operands may be mixed; after "--" nothing is an option. A '-' in a name also stands for the '_' of a row.
 */
#ifndef FUKA_OPTIONS_H
#define FUKA_OPTIONS_H

#include "lib/text/param.h"

/* Handles an option that is in no table; returns as param_set(). */
typedef int options_other(void *user, const char *name, const char *value, char why[PARAM_WHY]);

struct options {
	const char *command;       /* the subcommand's name, for messages */
	const struct param *table; /* its options; NULL: none */
	void *values;              /* the struct that the table describes */
	options_other *other;      /* for options that are not in the table, all of which take a value; NULL: none */
	void *user;                /* passed to `other` */
	bool runs_program;         /* "--" is followed by a program and its arguments instead of operands */

	char **operand; /* out: points into argv, which is reordered */
	int operands;
	char **program; /* out: NULL without "--" */
};

/*
 * Sets the defaults, then the options in argv[1] …. Returns 0, or -EINVAL with a message. In both cases the caller must
 * free the texts in `values` with param_free().
 */
int options_parse(struct options *o, int argc, char **argv);

/* Writes how an option is spelled: "-k, --kernel NAME". */
void options_spelling(const struct param *p, char *buf, size_t size);

/* Writes its help with its range and default: "runs each scenario N times (1 to 1000; default 1)". */
void options_meaning(const struct param *p, char *buf, size_t size);

/* Prints one option per row, wrapped, for --help. */
void options_print(FILE *out, const struct param *table);

#endif
