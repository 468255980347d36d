// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka export: one recording in a form that other programs read. */
#include "collect/show/exports/export.h"
#include "lib/base/command.h"
#include "lib/base/outfile.h"
#include "lib/text/param.h"
#include "lib/base/say.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct form {
	const char *name;
	export_write *write;
};

static const struct form forms[] = {
#define EXPORT(name, what) {#name, export_##name},
#include "collect/show/exports/list.h"
#undef EXPORT
};

#define FORMS (sizeof(forms) / sizeof(*forms))

static const struct param params[] = {
	{"job", PARAM_TEXT, "node", 0, 0, NULL, "the job label; public rules want node or node-exporter",
	 offsetof(struct export_options, job)},
	{"instance", PARAM_TEXT, NULL, 0, 0, NULL, "the instance label; the scenario's name when not given",
	 offsetof(struct export_options, instance)},
	{"fires", PARAM_TEXT, NULL, 0, 0, NULL, "--promtool: alerts that must have fired, A,B",
	 offsetof(struct export_options, fires)},
	{"silent", PARAM_TEXT, NULL, 0, 0, NULL, "--promtool: alerts that must not have fired, A,B",
	 offsetof(struct export_options, silent)},
	{"interval", PARAM_TIME, "", 1e9, 3600e9, NULL,
	 "--promtool: time between two samples; the recording's, at least 1s, when not given",
	 offsetof(struct export_options, interval)},
	{"evaluate", PARAM_TIME, "15s", 1e9, 3600e9, NULL, "--promtool: time between two evaluations of the rules",
	 offsetof(struct export_options, evaluate)},
	{0},
};

struct request {
	const char *path, *out;
	const struct form *form;
	struct export_options options;
};

static const struct form *find_form(const char *name)
{
	for (size_t i = 0; i < FORMS; i++)
		if (!strcmp(forms[i].name, name))
			return &forms[i];
	return NULL;
}

/* "--name=VALUE" or "--name VALUE": cuts the name off and returns the value, or NULL when there is none. */
static char *value_of(int argc, char **argv, int *i, char *name, size_t size)
{
	char *equals = strchr(argv[*i], '=');

	snprintf(name, size, "%.*s", equals ? (int)(equals - argv[*i]) : (int)strlen(argv[*i]), argv[*i]);
	if (equals)
		return equals + 1;
	return *i + 1 < argc ? argv[++*i] : NULL;
}

static int set_form(struct request *q, const struct form *f)
{
	if (q->form)
		return say_err(-EINVAL, "export: one form at a time; --%s and --%s are two", q->form->name, f->name);
	q->form = f;
	return 0;
}

static int option(struct request *q, int argc, char **argv, int *i)
{
	char name[64], why[PARAM_WHY], *value;
	const struct form *f = find_form(argv[*i] + 2);

	if (!strcmp(argv[*i], "--all"))
		return (q->options.all = true), 0;
	if (f && strcmp(f->name, "promtool"))
		return set_form(q, f);
	value = value_of(argc, argv, i, name, sizeof(name));
	if (!strcmp(name, "-o") || !strcmp(name, "--promtool") || param_find(params, name + 2)) {
		if (!value)
			return say_err(-EINVAL, "export: %s wants a value; `fuka export --help` shows how", name);
	} else {
		return say_err(-EINVAL, "export: unknown option '%s'; `fuka export --help` shows what there is", name);
	}
	if (!strcmp(name, "-o")) {
		q->out = value;
		return 0;
	}
	if (!strcmp(name, "--promtool")) {
		q->options.rules = value;
		return set_form(q, find_form("promtool"));
	}
	if (param_set(params, &q->options, name + 2, value, why))
		return say_err(-EINVAL, "export: %s: %s", name, why);
	return 0;
}

static int parse(struct request *q, int argc, char **argv)
{
	bool options = true;

	for (int i = 1; i < argc; i++) {
		int err = 0;

		if (options && !strcmp(argv[i], "--"))
			options = false;
		else if (options && argv[i][0] == '-' && argv[i][1])
			err = option(q, argc, argv, &i);
		else if (q->path)
			err = say_err(-EINVAL, "export: one recording; '%s' is a second", argv[i]);
		else
			q->path = argv[i];
		if (err)
			return err;
	}
	if (!q->path)
		return say_err(-EINVAL, "export: which recording? fuka export out/RUN/NAME.fuka --csv");
	if (!q->form)
		return say_err(-EINVAL,
			       "export: in which form? --openmetrics, --csv, --json, --sadf, or --promtool RULES.yml");
	return 0;
}

static int write_form(FILE *out, const struct request *q, struct recording *r)
{
	int err = q->form->write(out, r, &q->options);

	if (err == -ENODATA)
		say("%s: there is nothing in it that --%s could show", q->path, q->form->name);
	else if (err == -ENOMEM)
		say("%s: no memory to export it", q->path);
	return err;
}

/* A failed export leaves what was there. */
static int write_out(const struct request *q, struct recording *r)
{
	struct outfile file;

	if (!q->out)
		return write_form(stdout, q, r);
	int err = outfile_open(&file, q->out);

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
	struct request q = {0};
	struct recording *r = NULL;

	param_defaults(params, &q.options);
	int err = parse(&q, argc, argv);

	if (!err)
		err = recording_open(q.path, &r);
	if (!err && recording_damage(r))
		say("%s: %s", q.path, recording_damage(r));
	if (!err)
		err = write_out(&q, r);
	recording_close_reader(r);
	param_free(params, &q.options);
	return err ? FUKA_USAGE : FUKA_PASS;
}

const struct command command_export = {
	.name = "export",
	.about = "a recording as OpenMetrics, CSV, JSON lines, sadf's JSON or a promtool rule test",
	.usage = "usage: fuka export RECORDING.fuka FORM [OPTION…] [-o FILE]\n\n"
		 "FORM is one of\n"
#define EXPORT(name, what) "  --" #name ": " what "\n"
#include "collect/show/exports/list.h"
#undef EXPORT
		 "                (--promtool takes the rule file: --promtool RULES.yml)\n\n"
		 "  -o FILE             writes FILE instead of standard output\n"
		 "  --all               every line of /proc/vmstat, not only those that node_exporter takes\n"
		 "  --job NAME          the job label (node)\n"
		 "  --instance NAME     the instance label (the scenario's name)\n"
		 "  --fires A,B         --promtool: alerts that must have fired\n"
		 "  --silent A,B        --promtool: alerts that must not have fired\n"
		 "  --interval 15s      --promtool: time between two samples (the recording's, at least 1s)\n"
		 "  --evaluate 15s      --promtool: time between two evaluations of the rules\n\n"
		 "  fuka export x.fuka --promtool rules.yml --fires HostOomKillDetected -o test.yml\n"
		 "  promtool test rules test.yml\n\n"
		 "Exit status: 0, or 2 when the arguments are wrong, a recording cannot be read, or the rules are too "
		 "much "
		 "for promtool.\n",
	.run = run,
};
