// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Completions for shells: commands, their options, the words of a choice, and operands: the names of a topic of `fuka
 * list`, which is run at completion time, words, or files.
 */
#include "lab/help/help.h"
#include "lib/base/say.h"
#include "lib/text/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_topic(const struct command *c)
{
	return c->operands && !strpbrk(c->operands, " *");
}

static bool is_files(const struct command *c)
{
	return c->operands && strchr(c->operands, '*');
}

static void put_options_of(FILE *out, const struct command *c)
{
	for (const struct param *p = c->options; p && p->name; p++)
		fprintf(out, "--%s ", p->name);
	fputs("--help", out);
}

/* Writes the operands within double quotes: names of scenarios or generators, the commands of fault. */
static void put_operands_of(FILE *out, const struct command *c)
{
	if (is_topic(c))
		fprintf(out, "$(fuka list %s 2>/dev/null | awk '{ print $1 }')", c->operands);
	else if (c->operands && !is_files(c))
		fputs(c->operands, out);
}

static void put_names(FILE *out)
{
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", commands[i]->name);
}

/* Writes the options that are a choice of words. */
static void put_bash_choices(FILE *out, const struct command *c)
{
	for (const struct param *p = c->options; p && p->name; p++)
		if (p->type == PARAM_CHOICE)
			fprintf(out, "\t%s:--%s) words='%s' ;;\n", c->name, p->name, p->choices);
}

static void put_bash(FILE *out)
{
	fputs("# Written by `fuka help --completion bash`: do not edit.\n"
	      "_fuka() {\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=\n"
	      "\tif ((COMP_CWORD == 1)); then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	      out);
	put_names(out);
	fputs("' -- \"$word\")\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]}:$before in\n", out);
	for (size_t i = 0; commands[i]; i++)
		put_bash_choices(out, commands[i]);
	fputs("\tesac\n\t[ -n \"$words\" ] || case ${COMP_WORDS[1]}:$word in\n", out);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "\t%s:-*) words='", commands[i]->name);
		put_options_of(out, commands[i]);
		fputs("' ;;\n", out);
		if (!commands[i]->operands || is_files(commands[i]))
			continue;
		fprintf(out, "\t%s:*) words=\"", commands[i]->name);
		put_operands_of(out, commands[i]);
		fputs("\" ;;\n", out);
	}
	fputs("\tesac\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\n"
	      "complete -o default -F _fuka fuka\n",
	      out);
}

/* Writes text within '[…]' and single quotes. */
static void put_zsh_text(FILE *out, const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fprintf(out, "%s%c", strchr("[]:\\", *text) ? "\\" : "", *text);
}

static void put_zsh_options(FILE *out, const struct command *c)
{
	for (const struct param *p = c->options; p && p->name; p++) {
		fprintf(out, "\t\t\t'--%s%s[", p->name, p->type == PARAM_BOOL ? "" : "=");
		put_zsh_text(out, p->help);
		fputs("]", out);
		if (p->type == PARAM_CHOICE)
			fprintf(out, ":word:(%s)", p->choices);
		else if (p->type != PARAM_BOOL)
			fprintf(out, ":%s:_files", p->name);
		fputs("' \\\n", out);
	}
}

static void put_zsh(FILE *out)
{
	fputs("#compdef fuka\n# Written by `fuka help --completion zsh`: do not edit.\n_fuka() {\n"
	      "\tif ((CURRENT == 2)); then\n\t\t_values command",
	      out);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, " \\\n\t\t\t'%s[", commands[i]->name);
		put_zsh_text(out, commands[i]->about);
		fputs("]'", out);
	}
	fputs("\n\t\treturn\n\tfi\n\tlocal command=$words[2]\n\tshift words\n\t((CURRENT--))\n\tcase $command in\n",
	      out);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "\t%s)\n\t\t_arguments \\\n", commands[i]->name);
		put_zsh_options(out, commands[i]);
		if (commands[i]->operands && !is_files(commands[i])) {
			fputs("\t\t\t\"*:operand:(", out);
			put_operands_of(out, commands[i]);
			fputs(")\"\n", out);
		} else {
			fputs("\t\t\t'*:file:_files'\n", out);
		}
		fputs("\t\t;;\n", out);
	}
	fputs("\tesac\n}\n_fuka \"$@\"\n", out);
}

static void put_fish_text(FILE *out, const char *text)
{
	for (; *text; text++)
		fprintf(out, "%s%c", strchr("'\\", *text) ? "\\" : "", *text);
}

static void put_fish_options(FILE *out, const struct command *c)
{
	for (const struct param *p = c->options; p && p->name; p++) {
		fprintf(out, "complete -c fuka -n '__fish_seen_subcommand_from %s' -l %s", c->name, p->name);
		if (p->letter)
			fprintf(out, " -s %c", p->letter);
		if (p->type == PARAM_CHOICE)
			fprintf(out, " -x -a '%s'", p->choices);
		else if (p->type != PARAM_BOOL)
			fputs(" -r", out);
		fputs(" -d '", out);
		put_fish_text(out, p->help);
		fputs("'\n", out);
	}
}

static void put_fish(FILE *out)
{
	fputs("# Written by `fuka help --completion fish`: do not edit.\n", out);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "complete -c fuka -n __fish_use_subcommand -f -a %s -d '", commands[i]->name);
		put_fish_text(out, commands[i]->about);
		fputs("'\n", out);
	}
	for (size_t i = 0; commands[i]; i++) {
		put_fish_options(out, commands[i]);
		if (!commands[i]->operands || is_files(commands[i]))
			continue;
		fprintf(out, "complete -c fuka -n '__fish_seen_subcommand_from %s' -a ", commands[i]->name);
		if (is_topic(commands[i]))
			fprintf(out, "\"(fuka list %s 2>/dev/null | string match -r '\\S+')\"\n",
				commands[i]->operands);
		else
			fprintf(out, "'%s'\n", commands[i]->operands);
	}
}

int help_completion(FILE *out, const char *shell)
{
	static const struct {
		const char *shell;
		void (*put)(FILE *out);
	} shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
		if (!strcmp(shells[i].shell, shell)) {
			shells[i].put(out);
			return 0;
		}
	return say_err(-EINVAL, "help: no completion for '%s'; expected bash, zsh or fish", shell);
}
