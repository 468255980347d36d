// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka report: what happened in a recording; shows two recordings side by side. */
#include "collect/show/html.h"
#include "collect/show/plot.h"
#include "collect/show/summary_print.h"
#include "collect/show/views/view.h"
#include "lib/base/command.h"
#include "lib/base/say.h"
#include "lib/text/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct view {
	const char *name, *what;
	view_print *print;
};

static const struct view views[] = {
#define VIEW(name, what) {#name, what, view_##name},
#include "collect/show/views/list.h"
#undef VIEW
};

#define VIEWS (sizeof(views) / sizeof(*views))

struct report_options {
	char *view, *png, *html;
	bool json, cpus, all;
	int64_t tasks;
	double threshold;
};

#define AT(member) offsetof(struct report_options, member)
#define TASKS_MOST 4194303 /* 2^22: the most tasks that Linux can have */

static const struct param params[] = {
	{"view", PARAM_TEXT, NULL, 0, 0, NULL, "tables after the summary, in this order", AT(view), 'v', "NAME[,NAME]"},
	{"all", PARAM_BOOL, "false", 0, 0, NULL, "one row per sample, instead of about twenty at round times", AT(all),
	 'a'},
	{"cpus", PARAM_BOOL, "false", 0, 0, NULL, "view cpu: also a table for each CPU", AT(cpus)},
	{"tasks", PARAM_INT, "", 0, TASKS_MOST, NULL,
	 "view load: predicts the averages with N active tasks, instead of the last number", AT(tasks)},
	{"threshold", PARAM_NUMBER, "", 0, TASKS_MOST, NULL, "view load: when each average reaches LOAD", AT(threshold),
	 0, "LOAD"},
	{"png", PARAM_TEXT, NULL, 0, 0, NULL,
	 "a picture: load averages and the formula's curve, CPU time stacked (needs gnuplot-nox)", AT(png), 0, "FILE"},
	{"html", PARAM_TEXT, NULL, 0, 0, NULL,
	 "one page that opens offline: all charts over one time, a common cursor and zoom (needs libjs-dygraphs)",
	 AT(html), 0, "FILE"},
	{"json", PARAM_BOOL, "false", 0, 0, NULL,
	 "the summary as JSON: seconds, bytes, percent; null where there is no such figure", AT(json), 'j'},
	{0},
};

struct report_request {
	char *const *path;
	int paths;
	const struct view *view[VIEWS];
	size_t view_count;
	struct report_options given;
	struct view_options options;
};

/* Adds the views of "cpu,load", each once, in the given order. */
static int add_views(struct report_request *q, const char *names)
{
	while (*names) {
		size_t n = strcspn(names, ","), i = 0, have = 0;

		while (i < VIEWS && (strlen(views[i].name) != n || strncmp(views[i].name, names, n)))
			i++;
		if (i == VIEWS) {
			char all[256] = "";

			for (i = 0; i < VIEWS; i++)
				snprintf(all + strlen(all), sizeof(all) - strlen(all), " %s", views[i].name);
			return say_err(-EINVAL, "report: there is no view '%.*s'; there are:%s", (int)n, names, all);
		}
		while (have < q->view_count && q->view[have] != &views[i])
			have++;
		if (have == q->view_count)
			q->view[q->view_count++] = &views[i];
		names += n + (names[n] == ',');
	}
	return q->view_count ? 0 : say_err(-EINVAL, "report: --view takes one name, or several separated by commas");
}

static int parse(int argc, char **argv, struct report_request *q)
{
	struct options o = {.command = "report", .table = params, .values = &q->given};

	if (options_parse(&o, argc, argv))
		return -EINVAL;
	q->path = o.operand;
	q->paths = o.operands;
	q->options = (struct view_options){.cpus = q->given.cpus,
					   .all = q->given.all,
					   .n = q->given.tasks >= 0 ? (long)q->given.tasks : -1,
					   .threshold = q->given.threshold};
	if (!q->paths)
		return say_err(-EINVAL,
			       "report: no recording given; expected fuka report out/RUN/NAME.fuka [OTHER.fuka]");
	if (q->paths > 2)
		return say_err(-EINVAL, "report: takes at most two recordings; unexpected '%s'", q->path[2]);
	if (q->given.html && q->paths == 2)
		return say_err(-EINVAL, "report: --html shows one recording; --png shows two side by side");
	if (q->given.json && q->given.view)
		return say_err(-EINVAL, "report: --json prints the summary and cannot be combined with --view");
	return q->given.view ? add_views(q, q->given.view) : 0;
}

static int print_views(const struct report_request *q, struct recording *const *r)
{
	for (size_t i = 0; i < q->view_count; i++) {
		const struct view *v = q->view[i];

		printf("\n%s: %s\n", v->name, v->what);
		int err = v->print(stdout, r, q->paths, &q->options);
		if (err == -ENODATA)
			puts("the recording has no data for this");
		else if (err)
			return say_err(err, "report: the view '%s': %s", v->name, strerror(-err));
	}
	return 0;
}

static int report(struct report_request *q, struct recording *const *r)
{
	struct summary s[2] = {0};
	int have = 0, err = 0;

	for (; have < q->paths && !err; have += !err)
		err = summary_read(r[have], &s[have]);
	if (err)
		say("%s: cannot summarise: %s", q->path[have], strerror(-err));
	else if (q->given.json)
		err = summary_json(stdout, s, q->paths);
	else
		summary_print(stdout, s, q->paths);
	while (have--)
		summary_free(&s[have]);
	if (!err && !q->given.json && !q->view_count && q->paths == 2)
		err = add_views(q, "overview");
	err = err ?: print_views(q, r);
	if (!err && q->given.png) {
		err = plot_png(r, q->paths, q->given.png);
		if (!err && !q->given.json)
			printf("\npicture: %s\n", q->given.png);
	}
	if (!err && q->given.html) {
		err = html_write(r[0], q->given.html);
		if (!err && !q->given.json)
			printf("\npage: %s\n", q->given.html);
	}
	return err;
}

static int run(int argc, char **argv)
{
	struct report_request q = {0};
	struct recording *r[2] = {NULL};
	int err = parse(argc, argv, &q);

	for (int i = 0; !err && i < q.paths; i++)
		err = recording_open(q.path[i], &r[i]);
	if (!err)
		err = report(&q, r);
	recording_close_reader(r[0]);
	recording_close_reader(r[1]);
	param_free(params, &q.given);
	return err ? FUKA_USAGE : FUKA_PASS;
}

static void print_names(FILE *out)
{
	for (size_t i = 0; i < VIEWS; i++)
		fprintf(out, "  %-10s %s\n", views[i].name, views[i].what);
}

const struct command command_report = {
	.name = "report",
	.about = "what happened in a recording; two are shown side by side",
	.synopsis = "RECORDING.fuka [OTHER.fuka] [OPTION…]",
	.description =
		"Prints in about ten lines what happened, from the recording alone. Times count from t0, the timeline's\n"
		"start.\n"
		"Two recordings are shown side by side, with their load averages and CPU breakdowns in one table.\n"
		"\n"
		"Of a damaged or truncated recording all whole blocks are read; the first line has what was left out.\n",
	.options = params,
	.sections = (const struct command_section[]){{"Views", print_names}, {0}},
	.exit_status = "0; 2 when the arguments are wrong or a recording cannot be read",
	.operands = "*.fuka",
	.run = run,
};
