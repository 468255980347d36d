/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help on the commands for people and shells: --help, man pages, completions. */
#ifndef FUKA_HELP_H
#define FUKA_HELP_H

#include "lib/base/command.h"

#include <stdio.h>

/* The commands of lab/commands.h, in its order; NULL-terminated. */
extern const struct command *const commands[];

const struct command *command_find(const char *name);

/* Print `fuka --help`, and `fuka NAME --help`. */
void help_of_all(FILE *out);
void help_of(FILE *out, const struct command *c);

/* Writes fuka.1, fuka-NAME.1 and fuka-scenario.5 into a directory. 0 or -errno with a message. */
int help_man_pages(const char *dir);

/* Writes a completion script for "bash", "zsh" or "fish". */
int help_completion(FILE *out, const char *shell);

/* Prints the scenario language, for `fuka run --help` and fuka-scenario(5). */
void help_language(FILE *out);

/* The same as a JSON Schema (draft 7), for an editor's YAML server and other programs. */
int help_schema(FILE *out);

#endif
