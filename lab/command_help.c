// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka help: prints a command's help, and makes the man pages and completions from the same tables. */
#include "lab/help/help.h"
#include "lib/base/say.h"
#include "lib/text/options.h"

struct help_options {
	char *man;
	int64_t completion;
};

static const struct param params[] = {
	{"man", PARAM_TEXT, NULL, 0, 0, NULL, "writes the man pages, sections 1 and 5, into DIR",
	 offsetof(struct help_options, man), 0, "DIR"},
	{"completion", PARAM_CHOICE, "none", 0, 0, "none bash zsh fish", "prints that shell's completion script",
	 offsetof(struct help_options, completion), 0, "SHELL"},
	{0},
};

static int print_help(const char *name)
{
	const struct command *c = name ? command_find(name) : NULL;

	if (name && !c)
		return say_err(FUKA_USAGE, "help: there is no command '%s'; `fuka help` lists them", name);
	if (c)
		help_of(stdout, c);
	else
		help_of_all(stdout);
	return FUKA_PASS;
}

static int command(int argc, char **argv)
{
	struct help_options o;
	struct options given = {.command = "help", .table = params, .values = &o};
	char shell[16];
	int status = FUKA_USAGE;

	if (options_parse(&given, argc, argv))
		;
	else if (given.operands > 1)
		say("help: it takes one command; unexpected '%s'", given.operand[1]);
	else if (o.man)
		status = help_man_pages(o.man) ? FUKA_USAGE : FUKA_PASS;
	else if (o.completion > 0) {
		param_text(param_find(params, "completion"), &o, shell, sizeof(shell));
		status = help_completion(stdout, shell) ? FUKA_USAGE : FUKA_PASS;
	} else
		status = print_help(given.operands ? given.operand[0] : NULL);
	param_free(params, &o);
	return status;
}

extern const struct command command_help;

const struct command command_help = {
	.name = "help",
	.about = "a command's help; man pages and completions",
	.synopsis = "[COMMAND]\n--man DIR\n--completion bash|zsh|fish",
	.description =
		"`fuka help COMMAND` is `fuka COMMAND --help`. Man pages and completions come from the same tables.\n",
	.options = params,
	.exit_status = "0; 2 usage, or a page could not be written",
	.run = command,
};
