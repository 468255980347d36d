/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of the commands, in the forms that people and shells want: --help, man pages, completions. */
#ifndef FUKA_HELP_H
#define FUKA_HELP_H

#include "lib/base/command.h"

#include <stdio.h>

/* Of lab/commands.h, in its order; ends with NULL. */
extern const struct command *const commands[];

const struct command *command_find(const char *name);

/* `fuka --help`, and `fuka NAME --help`. */
void help_of_all(FILE *out);
void help_of(FILE *out, const struct command *c);

/* Writes fuka.1, fuka-NAME.1 and fuka-scenario.5 into a directory. 0 or -errno, said. */
int help_man_pages(const char *dir);

/* A completion script for "bash", "zsh" or "fish". */
int help_completion(FILE *out, const char *shell);

/* The language of scenarios, for `fuka run --help` and fuka-scenario(5). */
void help_language(FILE *out);

/* The same as a JSON Schema (draft 7), for an editor's YAML server and other programs. */
int help_schema(FILE *out);

#endif
