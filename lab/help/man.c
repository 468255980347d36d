// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Man pages, from the same structs as --help, in man(7), which both groff and mandoc read. They have no date, so that
 * the same program always writes the same bytes.
 */
#include "lab/help/help.h"
#include "lib/base/outfile.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/base/version.h"
#include "lib/text/options.h"

#include <errno.h>
#include <string.h>

/*
 * Escapes text for roff: a line must not begin with '.' or '\'', which would be requests, and '\\' and '-' are special.
 */
static void put_text(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool at_start = i == 0 || text[i - 1] == '\n';

		if (at_start && (text[i] == '.' || text[i] == '\''))
			fputs("\\&", out);
		if (text[i] == '\\')
			fputs("\\e", out);
		else if (text[i] == '-')
			fputs("\\-", out);
		else
			fputc(text[i], out);
	}
}

static void put(FILE *out, const char *text)
{
	put_text(out, text, strlen(text));
}

static void put_heading(FILE *out, const char *title)
{
	fputs(".SH ", out);
	for (const char *c = title; *c; c++)
		fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, out);
	fputc('\n', out);
}

/* Writes preformatted text without filling. */
static int put_as_it_is(FILE *out, void (*print)(FILE *out))
{
	_cleanup_(sys_freep) char *text = NULL;
	size_t n = 0;
	FILE *memory = open_memstream(&text, &n);

	if (!memory)
		return -ENOMEM;
	print(memory);
	if (fclose(memory))
		return -ENOMEM;
	fputs(".nf\n", out);
	put_text(out, text, n);
	fputs(".fi\n", out);
	return 0;
}

static void put_head(FILE *out, const char *name, int section, const char *about)
{
	fprintf(out, ".\\\" Written by `make docs`: do not edit.\n.TH %s %d \"\" \"fuka %s\" \"fuka\"\n.SH NAME\n",
		name, section, FUKA_VERSION);
	put(out, name);
	fputs(" \\- ", out);
	put(out, about);
	fputc('\n', out);
}

/* Empty lines separate paragraphs; a line that begins with blanks is an example. */
static void put_paragraphs(FILE *out, const char *text)
{
	for (size_t n; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (!n) {
			fputs(".PP\n", out);
			continue;
		}
		bool example = *text == ' ';

		fputs(example ? ".nf\n" : "", out);
		put_text(out, text, n);
		fputs(example ? "\n.fi\n" : "\n", out);
	}
}

static void put_options(FILE *out, const struct param *table)
{
	char text[PARAM_WHY];

	for (const struct param *p = table; p->name; p++) {
		fputs(".TP\n.B ", out);
		options_spelling(p, text, sizeof(text));
		put(out, text);
		fputc('\n', out);
		options_meaning(p, text, sizeof(text));
		put(out, text);
		fputc('\n', out);
	}
}

static void put_synopsis(FILE *out, const struct command *c)
{
	const char *line = c->synopsis;

	put_heading(out, "Synopsis");
	do {
		size_t n = strcspn(line, "\n");

		fprintf(out, ".B fuka %s\n", c->name);
		put_text(out, line, n);
		fputs("\n.br\n", out);
		line += n + (line[n] == '\n');
	} while (*line);
}

static int put_command(FILE *out, const struct command *c)
{
	_cleanup_(sys_freep) char *name = sys_format("fuka-%s", c->name);
	int err = 0;

	put_head(out, name, 1, c->about);
	put_synopsis(out, c);
	put_heading(out, "Description");
	put_paragraphs(out, c->description);
	if (c->options) {
		put_heading(out, "Options");
		put_options(out, c->options);
	}
	for (const struct command_section *s = c->sections; s && s->title && !err; s++) {
		put_heading(out, s->title);
		err = put_as_it_is(out, s->print);
	}
	put_heading(out, "Exit status");
	put(out, c->exit_status);
	fputs(".\n.SH SEE ALSO\n.BR fuka (1),\n.BR fuka-scenario (5)\n", out);
	return err;
}

static int put_all(FILE *out, const struct command *unused)
{
	(void)unused;
	put_head(
		out, "fuka", 1,
		"make load and out-of-memory trouble in a disposable VM, and report what the kernel's counters showed");
	put_heading(out, "Synopsis");
	fputs(".B fuka\nCOMMAND [OPTION…] [ARGUMENT…]\n", out);
	put_heading(out, "Commands");
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, ".TP\n.BR fuka\\-%s (1)\n", commands[i]->name);
		put(out, commands[i]->about);
		fputc('\n', out);
	}
	put_heading(out, "Exit status");
	put(out, "0 pass, 1 fail, 2 usage, 3 lost (the machine went away), 77 skip.\n");
	return 0;
}

static int put_language(FILE *out, const struct command *unused)
{
	(void)unused;
	put_head(out, "fuka-scenario", 5, "a machine, a timeline of trouble, what must and must not follow");
	put_heading(out, "Description");
	int err = put_as_it_is(out, help_language);

	fputs(".SH SEE ALSO\n.BR fuka-run (1)\n", out);
	return err;
}

static int write_page(const char *dir, const char *page, int (*put_page)(FILE *, const struct command *),
		      const struct command *c)
{
	_cleanup_(sys_freep) char *path = sys_format("%s/%s", dir, page);
	struct outfile file;
	int err = outfile_open(&file, path);

	if (err)
		return err;
	err = put_page(file.stream, c);
	if (!err)
		return outfile_commit(&file);
	outfile_discard(&file);
	return say_err(err, "%s: %s", path, strerror(-err));
}

int help_man_pages(const char *dir)
{
	int err = write_page(dir, "fuka.1", put_all, NULL);

	for (size_t i = 0; commands[i] && !err; i++) {
		_cleanup_(sys_freep) char *page = sys_format("fuka-%s.1", commands[i]->name);

		err = write_page(dir, page, put_command, commands[i]);
	}
	return err ?: write_page(dir, "fuka-scenario.5", put_language, NULL);
}
