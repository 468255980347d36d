// SPDX-License-Identifier: GPL-2.0-or-later
/* main() is a table of contents: it finds the subcommand, or becomes the guest's PID 1, and picks nothing else. */
#include "lib/command.h"
#include "lib/say.h"
#include "lab/guest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COMMAND(name) extern const struct command command_##name;
#include "lib/commands.h"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "lib/commands.h"
#undef COMMAND
};

#define COUNT (sizeof(commands) / sizeof(*commands))

static void help(FILE *out)
{
	fputs("usage: fuka COMMAND [OPTION…] [ARGUMENT…]\n\n"
	      "Makes load and out-of-memory trouble in a disposable VM, records what the kernel's own counters did,\n"
	      "through its own panic, and says what was true.\n\n",
	      out);
	for (size_t i = 0; i < COUNT; i++)
		fprintf(out, "  %-8s  %s\n", commands[i]->name, commands[i]->about);
	fputs("\n`fuka COMMAND --help` tells the rest.\n"
	      "Exit status: 0 pass, 1 fail, 2 usage, 3 lost (the machine went away), 77 skip.\n",
	      out);
}

int main(int argc, char **argv)
{
	if (getpid() == 1 && guest_is_lab())
		guest_main();
	if (argc < 2) {
		help(stderr);
		return FUKA_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return FUKA_PASS;
	}
	if (!strcmp(argv[1], "--version"))
		argv[1] = "version";
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(argv[1], commands[i]->name))
			continue;
		if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
			fputs(commands[i]->usage, stdout);
			return FUKA_PASS;
		}
		return commands[i]->run(argc - 1, argv + 1);
	}
	say("there is no command '%s'; `fuka --help` lists them", argv[1]);
	return FUKA_USAGE;
}
