// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints the scenario language for people, from the tables of its parser. */
#include "lab/expect/expect.h"
#include "lab/help/help.h"
#include "lab/scenario/actions/action.h"
#include "lib/text/options.h"

#include <string.h>

#define COLUMN 27

static void print_row(FILE *out, int indent, const char *name, const char *help)
{
	fprintf(out, "%*s%-*s %s\n", indent, "", COLUMN - indent, name, help);
}

static void print_words(FILE *out, const struct word *w)
{
	for (; w && w->name; w++)
		print_row(out, 6, w->name, w->help);
}

static void print_params(FILE *out, const struct param *table)
{
	char meaning[PARAM_WHY];

	for (const struct param *p = table; p->name; p++) {
		options_meaning(p, meaning, sizeof(meaning));
		print_row(out, 6, p->name, meaning);
	}
}

/* Prints the examples of a word that has a file of its own as list items. */
static void print_items(FILE *out, const char *lines)
{
	for (size_t n; *lines; lines += n) {
		n = strcspn(lines, "\n") + 1;
		fprintf(out, "    %s %.*s", *lines == ' ' ? " " : "-", (int)n, lines);
	}
}

static void print_timeline(FILE *out)
{
	print_words(out, action_common_words);
	for (size_t i = 0; action_kinds[i]; i++) {
		print_items(out, action_kinds[i]->word.help);
		print_words(out, action_kinds[i]->own);
		for (size_t k = 0; action_kinds[i]->word.shape == VALUE_HOST && action_host_words[k]; k++)
			print_words(out, action_host_words[k]);
	}
}

static void print_expectations(FILE *out)
{
	for (size_t i = 0; expectation_kinds[i]; i++) {
		print_items(out, expectation_kinds[i]->help);
		print_words(out, expectation_kinds[i]->words);
	}
}

void help_language(FILE *out)
{
	fputs("  A scenario is one page of YAML. Times are such as 250ms, 5s or 2m; sizes such as 64M.\n\n", out);
	for (const struct word *w = scenario_words; w->name; w++) {
		print_row(out, 2, w->name, w->help);
		if (w->shape == VALUE_MACHINE) {
			print_params(out, machine_params);
			print_words(out, machine_words);
		} else if (w->shape == VALUE_RECORD) {
			print_params(out, record_params);
			print_words(out, record_words);
		} else if (w->shape == VALUE_TIMELINE) {
			print_timeline(out);
		}
	}
	fputs("\n  What can be expected, and the words beside it:\n", out);
	print_expectations(out);
}
