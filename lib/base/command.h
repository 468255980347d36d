/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A subcommand of fuka: one const struct in the file that implements it, one row in lab/commands.h. */
#ifndef FUKA_COMMAND_H
#define FUKA_COMMAND_H

struct command {
	const char *name;
	const char *about;                 /* one line for `fuka --help` */
	const char *usage;                 /* whole text for `fuka NAME --help`: shapes, units, ranges, exit statuses */
	int (*run)(int argc, char **argv); /* argv[0] is NAME; --help is handled by main; returns an enum fuka_exit */
};

#endif
