// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka report: what happened, from the recording alone; two recordings stand side by side. */
#include "collect/show/html.h"
#include "collect/show/plot.h"
#include "collect/analyse/summary.h"
#include "collect/show/views/view.h"
#include "lib/base/command.h"
#include "lib/base/say.h"

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

struct request {
	const char *path[2];
	int paths;
	const struct view *view[VIEWS];
	size_t view_count;
	const char *png, *html;
	bool json;
	struct view_options options;
};

/* "cpu,load": adds each view once, in the order asked for. */
static int add_views(struct request *q, const char *names)
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
	return q->view_count ? 0 : say_err(-EINVAL, "report: --view wants a name, or several with commas between them");
}

/* The value of "--name VALUE" or "--name=VALUE"; NULL, said, when there is none. */
static const char *option_value(int argc, char **argv, int *i, const char *name)
{
	size_t n = strlen(name);

	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (*i + 1 < argc)
		return argv[++*i];
	say("report: %s wants a value; `fuka report --help` shows how", name);
	return NULL;
}

/* A number >= 0 and below 2^22, the most tasks that Linux can have. */
static int number(const char *text, const char *option, double *out)
{
	char *rest;
	double v = strtod(text, &rest);

	if (rest == text || *rest || !(v >= 0 && v < 1 << 22))
		return say_err(-EINVAL, "report: %s: '%s' is not a number from 0 to 4194303", option, text);
	*out = v;
	return 0;
}

static bool is_option(const char *arg, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(arg, name, n) && (arg[n] == '\0' || arg[n] == '=');
}

/* Options that stand by themselves. */
static bool *flag_of(struct request *q, const char *arg)
{
	return !strcmp(arg, "--json")   ? &q->json
	       : !strcmp(arg, "--cpus") ? &q->options.cpus
	       : !strcmp(arg, "--all")  ? &q->options.all
					: NULL;
}

static int take_value(struct request *q, const char *name, const char *value)
{
	double figure;

	if (!value)
		return -EINVAL;
	if (!strcmp(name, "--view"))
		return add_views(q, value);
	if (!strcmp(name, "--png"))
		return (q->png = value), 0;
	if (!strcmp(name, "--html"))
		return (q->html = value), 0;
	if (!strcmp(name, "--threshold"))
		return number(value, name, &q->options.threshold);
	if (number(value, name, &figure))
		return -EINVAL;
	q->options.n = (long)figure;
	return 0;
}

static int option(int argc, char **argv, int *i, struct request *q)
{
	static const char *const names[] = {"--view", "--png", "--html", "--tasks", "--threshold"};
	bool *flag = flag_of(q, argv[*i]);

	if (flag)
		return (*flag = true), 0;
	for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++)
		if (is_option(argv[*i], names[k]))
			return take_value(q, names[k], option_value(argc, argv, i, names[k]));
	return say_err(-EINVAL,
		       "report: unknown option '%s'; --view, --all, --cpus, --tasks, --threshold, --png, --html and "
		       "--json are known",
		       argv[*i]);
}

static int parse(int argc, char **argv, struct request *q)
{
	bool options = true;

	for (int i = 1; i < argc; i++) {
		if (options && !strcmp(argv[i], "--"))
			options = false;
		else if (options && argv[i][0] == '-' && argv[i][1]) {
			if (option(argc, argv, &i, q))
				return -EINVAL;
		} else if (q->paths == 2)
			return say_err(-EINVAL, "report: one recording, or two side by side; '%s' is a third", argv[i]);
		else
			q->path[q->paths++] = argv[i];
	}
	if (!q->paths)
		return say_err(-EINVAL, "report: which recording? fuka report out/RUN/NAME.fuka [OTHER.fuka]");
	if (q->html && q->paths == 2)
		return say_err(-EINVAL, "report: --html shows one recording; two side by side are for --png");
	if (q->json && q->view_count)
		return say_err(-EINVAL, "report: --json prints the summary; it does not go with --view");
	return 0;
}

static int print_views(const struct request *q, struct recording *const *r)
{
	for (size_t i = 0; i < q->view_count; i++) {
		const struct view *v = q->view[i];

		printf("\n%s: %s\n", v->name, v->what);
		int err = v->print(stdout, r, q->paths, &q->options);
		if (err == -ENODATA)
			puts("nothing of this is in the recording");
		else if (err)
			return say_err(err, "report: the view '%s': %s", v->name, strerror(-err));
	}
	return 0;
}

static int report(struct request *q, struct recording *const *r)
{
	struct summary s[2] = {0};
	int have = 0, err = 0;

	for (; have < q->paths && !err; have += !err)
		err = summary_read(r[have], &s[have]);
	if (err)
		say("%s: cannot summarise: %s", q->path[have], strerror(-err));
	else if (q->json)
		err = summary_json(stdout, s, q->paths);
	else
		summary_print(stdout, s, q->paths);
	while (have--)
		summary_free(&s[have]);
	if (!err && !q->json && !q->view_count && q->paths == 2)
		err = add_views(q, "overview");
	err = err ?: print_views(q, r);
	if (!err && q->png) {
		err = plot_png(r, q->paths, q->png);
		if (!err && !q->json)
			printf("\npicture: %s\n", q->png);
	}
	if (!err && q->html) {
		err = html_write(r[0], q->html);
		if (!err && !q->json)
			printf("\npage: %s\n", q->html);
	}
	return err;
}

static int run(int argc, char **argv)
{
	struct request q = {.options = {.n = -1, .threshold = NAN}};
	struct recording *r[2] = {NULL};
	int err = parse(argc, argv, &q);

	for (int i = 0; i < q.paths && !err; i++)
		err = recording_open(q.path[i], &r[i]);
	if (!err)
		err = report(&q, r);
	for (int i = 0; i < q.paths; i++)
		recording_close_reader(r[i]);
	return err ? FUKA_USAGE : FUKA_PASS;
}

const struct command command_report = {
	.name = "report",
	.about = "what happened in a recording; two stand side by side",
	.usage =
		"usage: fuka report RECORDING.fuka [OTHER.fuka] [--view NAME[,NAME]] [--all] [--cpus]\n"
		"                   [--tasks N] [--threshold LOAD] [--png FILE] [--html FILE] [--json]\n\n"
		"Says in about ten lines what happened, from the recording alone. Times count from t0, the timeline's "
		"start.\n"
		"Two recordings stand side by side, with their load averages and CPU breakdowns in one table.\n\n"
		"  --view NAME[,NAME]  tables after the summary:\n"
#define VIEW(name, what) "      " #name ": " what "\n"
#include "collect/show/views/list.h"
#undef VIEW
		"  --all               a row for every sample instead of about twenty at round times\n"
		"  --cpus              view cpu: a table for each CPU, too\n"
		"  --tasks N           view load: predicts the averages with N active tasks instead of the last "
		"number\n"
		"  --threshold LOAD    view load: says when each average will reach it\n"
		"  --png FILE          a picture: load averages and the formula's curve, CPU time stacked (needs "
		"gnuplot-nox)\n"
		"  --html FILE         one page that opens offline: all charts over one time, a common cursor and zoom "
		"(needs libjs-dygraphs)\n"
		"  --json              the summary as JSON: seconds, bytes, percent; null where there is no such "
		"figure\n\n"
		"A damaged or truncated recording is read as far as it is whole; the first line says what was left "
		"out.\n"
		"Exit status: 0, or 2 when the arguments are wrong or a recording cannot be read.\n",
	.run = run,
};
