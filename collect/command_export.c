// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka export: writes a recording in a format that other programs read. */
#include "collect/show/exports/export.h"
#include "lib/base/command.h"
#include "lib/base/outfile.h"
#include "lib/text/options.h"
#include "lib/base/say.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* An export that can be requested, by a flag or by the text that it takes. */
struct form_options {
#define MEMBER_BOOL              bool
#define MEMBER_TEXT              char *
#define EXPORT(name, type, what) MEMBER_##type name;
#include "collect/show/exports/list.h"
#undef EXPORT
};

struct export_values {
	struct form_options form;
	struct export_options options;
	char *out;
};

#define AT(member) offsetof(struct export_values, member)

static const struct param params[] = {
#define EXPORT(name, type, what)                                                                                       \
	{#name, PARAM_##type, NULL, 0, 0, NULL, what, AT(form.name), 0, #type[0] == 'T' ? "RULES.yml" : NULL},
#include "collect/show/exports/list.h"
#undef EXPORT
	{"out", PARAM_TEXT, NULL, 0, 0, NULL, "writes FILE instead of standard output", AT(out), 'o', "FILE"},
	{"all", PARAM_BOOL, "false", 0, 0, NULL, "every line of /proc/vmstat, not only those that node_exporter takes",
	 AT(options.all)},
	{"job", PARAM_TEXT, "node", 0, 0, NULL, "the job label; public rules want node or node-exporter",
	 AT(options.job), 0, "NAME"},
	{"instance", PARAM_TEXT, NULL, 0, 0, NULL, "the instance label; the scenario's name when not given",
	 AT(options.instance), 0, "NAME"},
	{"fires", PARAM_TEXT, NULL, 0, 0, NULL, "--promtool: alerts that must have fired", AT(options.fires), 0, "A,B"},
	{"silent", PARAM_TEXT, NULL, 0, 0, NULL, "--promtool: alerts that must not have fired", AT(options.silent), 0,
	 "A,B"},
	{"interval", PARAM_TIME, "", 1e9, 3600e9, NULL,
	 "--promtool: time between two samples; the recording's, at least 1s, when not given", AT(options.interval)},
	{"evaluate", PARAM_TIME, "15s", 1e9, 3600e9, NULL, "--promtool: time between two evaluations of the rules",
	 AT(options.evaluate)},
	{0},
};

static const struct form {
	const char *name;
	export_write *write;
	enum param_type type;
	size_t at;
} forms[] = {
#define EXPORT(name, type, what) {#name, export_##name, PARAM_##type, AT(form.name)},
#include "collect/show/exports/list.h"
#undef EXPORT
};

struct export_request {
	const char *path;
	const struct form *form;
	struct export_values given;
};

static bool is_asked_for(const struct form *f, const struct export_values *v)
{
	const void *slot = (const char *)v + f->at;

	return f->type == PARAM_TEXT ? *(char *const *)slot != NULL : *(const bool *)slot;
}

static int parse(struct export_request *q, int argc, char **argv)
{
	struct options o = {.command = "export", .table = params, .values = &q->given};

	if (options_parse(&o, argc, argv))
		return -EINVAL;
	if (!o.operands)
		return say_err(-EINVAL, "export: which recording? fuka export out/RUN/NAME.fuka --csv");
	if (o.operands > 1)
		return say_err(-EINVAL, "export: it takes one recording; unexpected '%s'", o.operand[1]);
	q->path = o.operand[0];
	for (const struct form *f = forms; f < forms + sizeof(forms) / sizeof(*forms); f++) {
		if (!is_asked_for(f, &q->given))
			continue;
		if (q->form)
			return say_err(-EINVAL, "export: one form at a time; --%s and --%s are two", q->form->name,
				       f->name);
		q->form = f;
	}
	if (!q->form)
		return say_err(
			-EINVAL,
			"export: no form given; expected --openmetrics, --csv, --json, --sadf or --promtool RULES.yml");
	q->given.options.rules = q->given.form.promtool;
	return 0;
}

static int write_form(FILE *out, const struct export_request *q, struct recording *r)
{
	int err = q->form->write(out, r, &q->given.options);

	if (err == -ENODATA)
		say("%s: no data for --%s", q->path, q->form->name);
	else if (err == -ENOMEM)
		say("%s: no memory to export it", q->path);
	return err;
}

/* A failed export leaves an existing file unchanged. */
static int write_out(const struct export_request *q, struct recording *r)
{
	struct outfile file;

	if (!q->given.out)
		return write_form(stdout, q, r);
	int err = outfile_open(&file, q->given.out);

	if (err)
		return err;
	err = write_form(file.stream, q, r);
	if (!err)
		return outfile_commit(&file);
	outfile_discard(&file);
	return err;
}

static int run(int argc, char **argv)
{
	struct export_request q = {0};
	struct recording *r = NULL;
	int err = parse(&q, argc, argv);

	if (!err)
		err = recording_open(q.path, &r);
	if (!err && recording_damage(r))
		say("%s: %s", q.path, recording_damage(r));
	if (!err)
		err = write_out(&q, r);
	recording_close_reader(r);
	param_free(params, &q.given);
	return err ? FUKA_USAGE : FUKA_PASS;
}

const struct command command_export = {
	.name = "export",
	.about = "a recording as OpenMetrics, CSV, JSON lines, sadf's JSON or a promtool rule test",
	.synopsis = "RECORDING.fuka FORM [OPTION…]",
	.description = "FORM is one of --openmetrics, --csv, --json, --sadf and --promtool RULES.yml.\n"
		       "\n"
		       "  fuka export x.fuka --promtool rules.yml --fires HostOomKillDetected -o test.yml\n"
		       "  promtool test rules test.yml\n",
	.options = params,
	.exit_status =
		"0; 2 when the arguments are wrong, a recording cannot be read, or the rules are too much for promtool",
	.operands = "*.fuka",
	.run = run,
};
