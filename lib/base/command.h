/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subcommand of fuka is one const struct in the file that implements it, and one row in lab/commands.h. --help, `fuka
 * help`, the man page and the shells' completions are made from it.
 */
#ifndef FUKA_COMMAND_H
#define FUKA_COMMAND_H

#include <stdio.h>

struct param;

/*
 * A section of a command's help that is printed from a table, in lines of at most 110 columns. The last one has no
 * title.
 */
struct command_section {
	const char *title; /* "Views" */
	void (*print)(FILE *out);
};

struct command {
	const char *name;
	const char *about;       /* one line for `fuka --help` */
	const char *synopsis;    /* the text after "fuka NAME", one line per form */
	const char *description; /* paragraphs of lines, each with "\n" */
	const struct param *options;
	const struct command_section *sections;
	const char *exit_status; /* "0 shown, 1 no such process, 2 usage" */
	const char *operands;    /* for completion: a topic of `fuka list`, "*.fuka", or the words "list arm …" */
	int (*run)(int argc, char **argv); /* argv[0] is NAME; --help is handled by main; returns an enum fuka_exit */
	int (*help)(
		const char *operand); /* help on the first operand; -ENOENT, or NULL: print the command's own help */
};

#endif
