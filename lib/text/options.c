// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/text/options.h"
#include "lib/base/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN 24 /* start of the description */
#define WIDTH  110

static const struct param none[] = {{0}};

/* One option of argv. */
struct given {
	const char *as_typed;
	char name[64];
	const char *value; /* after '=' or a letter; NULL: in the next argument, if any */
	const struct param *row;
};

static const struct param *find_letter(const struct param *table, char letter)
{
	for (const struct param *p = table; p->name; p++)
		if (p->letter == letter)
			return p;
	return NULL;
}

/* Finds dry_run by --dry-run, too. */
static const struct param *find_name(const struct param *table, char *name)
{
	const struct param *p = param_find(table, name);

	if (p)
		return p;
	for (char *c = name; (c = strchr(c, '-'));)
		*c = '_';
	return param_find(table, name);
}

static void take_apart(const struct options *o, const char *arg, struct given *g)
{
	*g = (struct given){.as_typed = arg};
	if (arg[1] != '-') {
		g->row = find_letter(o->table, arg[1]);
		g->value = arg[2] ? arg + 2 + (arg[2] == '=') : NULL;
		snprintf(g->name, sizeof(g->name), "%s", g->row ? g->row->name : "");
		return;
	}
	const char *equals = strchr(arg, '=');
	int n = equals ? (int)(equals - arg) - 2 : (int)strlen(arg) - 2;

	snprintf(g->name, sizeof(g->name), "%.*s", n, arg + 2);
	g->row = find_name(o->table, g->name);
	g->value = equals ? equals + 1 : NULL;
}

static int say_unknown(const struct options *o, const char *arg)
{
	char all[PARAM_WHY] = "";
	size_t n = 0;

	for (const struct param *p = o->table; p->name && n < sizeof(all); p++)
		n += snprintf(all + n, sizeof(all) - n, "%s--%s", n ? ", " : "", p->name);
	return say_err(-EINVAL, "%s: unknown option '%s'; %s%s; `fuka %s --help` explains", o->command, arg,
		       n ? "expected one of " : "its only option is --help", all, o->command);
}

static int set(const struct options *o, const struct given *g)
{
	char why[PARAM_WHY];
	int r = g->row ? param_set(o->table, o->values, g->row->name, g->value, why)
		       : o->other(o->user, g->name, g->value, why);

	return r ? say_err(-EINVAL, "%s: %.*s: %s", o->command, (int)strcspn(g->as_typed, "="), g->as_typed, why) : 0;
}

/* Handles the option at argv[*i], whose value may be the next argument. */
static int take_option(const struct options *o, int argc, char **argv, int *i)
{
	struct given g;
	char expected[PARAM_WHY / 2] = "";

	take_apart(o, argv[*i], &g);
	if (!g.row && (!o->other || !*g.name))
		return say_unknown(o, argv[*i]);
	if (!g.value && g.row && g.row->type == PARAM_BOOL)
		g.value = "true";
	if (!g.value && *i + 1 < argc)
		g.value = argv[++*i];
	if (g.value)
		return set(o, &g);
	if (g.row)
		param_expected(g.row, expected, sizeof(expected));
	return say_err(-EINVAL, "%s: %s needs a value%s%s", o->command, g.as_typed, g.row ? ": " : "", expected);
}

int options_parse(struct options *o, int argc, char **argv)
{
	o->table = o->table ?: none;
	o->operand = argv + 1;
	o->operands = 0;
	param_defaults(o->table, o->values);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--") && o->runs_program) {
			o->program = argv + i + 1;
			return 0;
		}
		if (!strcmp(argv[i], "--")) {
			while (++i < argc)
				o->operand[o->operands++] = argv[i];
			return 0;
		}
		if (argv[i][0] != '-' || !argv[i][1])
			o->operand[o->operands++] = argv[i];
		else if (take_option(o, argc, argv, &i))
			return -EINVAL;
	}
	return 0;
}

void options_spelling(const struct param *p, char *buf, size_t size)
{
	static const char *const of_type[] = {
		[PARAM_INT] = "N",           [PARAM_SIZE] = "SIZE",   [PARAM_TIME] = "TIME", [PARAM_NUMBER] = "NUMBER",
		[PARAM_PERCENT] = "PERCENT", [PARAM_CHOICE] = "WORD", [PARAM_TEXT] = "TEXT", [PARAM_BOOL] = NULL,
	};
	const char *arg = p->arg ? p->arg : of_type[p->type];
	char letter[8] = "";

	if (p->letter)
		snprintf(letter, sizeof(letter), "-%c, ", p->letter);
	snprintf(buf, size, "%s--%s%s%s", letter, p->name, arg ? " " : "", arg ? arg : "");
}

/* "virtual real" -> "virtual|real" */
static void put_choices(const char *choices, char *buf, size_t size)
{
	snprintf(buf, size, "%s", choices);
	for (char *c = buf; (c = strchr(c, ' '));)
		*c = '|';
}

void options_meaning(const struct param *p, char *buf, size_t size)
{
	char limits[PARAM_WHY / 2];
	bool has_default = p->type != PARAM_BOOL && p->def && *p->def;

	if (p->type == PARAM_CHOICE)
		put_choices(p->choices, limits, sizeof(limits));
	else
		param_limits(p, limits, sizeof(limits));
	snprintf(buf, size, "%s%s%s%s%s%s%s", p->help, *limits || has_default ? " (" : "", limits,
		 *limits && has_default ? "; " : "", has_default ? "default " : "", has_default ? p->def : "",
		 *limits || has_default ? ")" : "");
}

/* Wraps text at blanks, after `used` columns of the first line. */
static void print_wrapped(FILE *out, const char *text, size_t used)
{
	for (; used < COLUMN; used++)
		fputc(' ', out);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (used + n > WIDTH && used > COLUMN) {
			fprintf(out, "\n%*s", COLUMN, "");
			used = COLUMN;
		}
		fprintf(out, "%s%.*s", used > COLUMN ? " " : "", (int)n, text);
		used += n + (used > COLUMN);
		text += n + (text[n] == ' ');
	}
	fputc('\n', out);
}

void options_print(FILE *out, const struct param *table)
{
	char spelling[160], meaning[PARAM_WHY];

	for (const struct param *p = table; p && p->name; p++) {
		options_spelling(p, spelling, sizeof(spelling));
		options_meaning(p, meaning, sizeof(meaning));
		int used = fprintf(out, "  %s%s", p->letter ? "" : "    ", spelling);

		if (used > COLUMN - 2) {
			fputc('\n', out);
			used = 0;
		}
		print_wrapped(out, meaning, used);
	}
}
