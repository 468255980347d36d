/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subcommand of fuka: one const struct in the file that implements it, one row in lab/commands.h. From it come --help,
 * `fuka help`, the man page and the shells' completions.
 */
#ifndef FUKA_COMMAND_H
#define FUKA_COMMAND_H

#include <stdio.h>

struct param;

/* A part of a command's help that a catalogue writes, lines of at most 110 columns. The table's end has no title. */
struct command_section {
	const char *title; /* "Views" */
	void (*print)(FILE *out);
};

struct command {
	const char *name;
	const char *about;       /* one line for `fuka --help` */
	const char *synopsis;    /* what stands after "fuka NAME", a line for each form */
	const char *description; /* paragraphs of lines, with their ends */
	const struct param *options;
	const struct command_section *sections;
	const char *exit_status; /* "0 shown, 1 no such process, 2 usage" */
	const char *operands;    /* for completion: a topic of `fuka list`, "*.fuka", or the words "list arm …" */
	int (*run)(int argc, char **argv); /* argv[0] is NAME; --help is handled by main; returns an enum fuka_exit */
	int (*help)(
		const char *operand); /* --help of what stands first; -ENOENT: the command's own. NULL: always that */
};

#endif
