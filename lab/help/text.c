// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints --help from the structs of the commands. */
#include "lab/help/help.h"
#include "lib/text/options.h"

#include <string.h>

#define COMMAND(name) extern const struct command command_##name;
#include "lab/commands.h"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "lab/commands.h"
#undef COMMAND
	NULL,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

void help_of_all(FILE *out)
{
	fputs("usage: fuka COMMAND [OPTION…] [ARGUMENT…]\n\n"
	      "Makes load and out-of-memory trouble in a disposable VM, records the kernel's own counters even through a\n"
	      "panic, and reports whether what should have happened did.\n\n",
	      out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-8s  %s\n", commands[i]->name, commands[i]->about);
	fputs("\nSee `fuka COMMAND --help` for more.\n"
	      "Exit status: 0 pass, 1 fail, 2 usage, 3 lost (the machine went away), 77 skip.\n",
	      out);
}

static void print_usage(FILE *out, const struct command *c)
{
	const char *lead = "usage:", *line = c->synopsis;

	do {
		size_t n = strcspn(line, "\n");

		fprintf(out, "%-6s fuka %s%s%.*s\n", lead, c->name, n ? " " : "", (int)n, line);
		line += n + (line[n] == '\n');
		lead = "";
	} while (*line);
}

void help_of(FILE *out, const struct command *c)
{
	print_usage(out, c);
	fprintf(out, "\n%s", c->description);
	if (c->options) {
		fputs("\nOptions:\n", out);
		options_print(out, c->options);
	}
	for (const struct command_section *s = c->sections; s && s->title; s++) {
		fprintf(out, "\n%s:\n", s->title);
		s->print(out);
	}
	fprintf(out, "\nExit status: %s.\n", c->exit_status);
}
