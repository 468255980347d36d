// SPDX-License-Identifier: GPL-2.0-or-later
/* fuka list: the catalogue: scenarios with what they show, generators with their parameters, sources, log classes. */
#include "collect/analyse/klog.h"
#include "collect/metrics/metric.h"
#include "lib/record/source.h"
#include "lab/pack/kernel.h"
#include "lab/expect/expect.h"
#include "lib/base/command.h"
#include "lib/text/jsontext.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "loadgen/harness/loadgen.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_scenario(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && !strcmp(dot, ".yaml");
}

static void each_scenario(void (*each)(const struct scenario *, void *), void *user)
{
	_cleanup_(sys_freep) char *dir = sys_format("%s/../scenarios", kernel_home());
	struct dirent **names;
	int n = scandir(dir, &names, is_scenario, alphasort);

	for (int i = 0; i < n; i++) {
		_cleanup_(sys_freep) char *path = sys_format("%s/%s", dir, names[i]->d_name);
		struct scenario *s;

		free(names[i]);
		if (scenario_load(path, expect_read, &s))
			continue; /* it said why */
		each(s, user);
		scenario_free(s);
	}
	if (n >= 0)
		free(names);
}

static void print_scenario(const struct scenario *s, void *unused)
{
	(void)unused;
	_cleanup_(sys_freep) char *line = sys_format("  %-18s %s", s->name, s->about);

	say_printable(line);
	puts(line);
}

static void json_scenario(const struct scenario *s, void *list)
{
	json_array_append_new(list, json_pack("{s:o, s:o}", "name", jsontext(s->name), "about", jsontext(s->about)));
}

static void json_params(json_t *list, const struct param *p)
{
	for (; p->name; p++) {
		char expected[PARAM_WHY];

		param_expected(p, expected, sizeof(expected));
		json_array_append_new(list, json_pack("{s:s, s:s, s:s?, s:s}", "name", p->name, "expected", expected,
						      "default", p->def, "help", p->help));
	}
}

static json_t *json_generator(const struct generator *g)
{
	json_t *params = json_array();

	json_params(params, g->params);
	if (g->profiled)
		json_params(params, load_profile_params);
	return json_pack("{s:s, s:s, s:s?, s:o}", "name", g->name, "about", g->about, "needs", g->needs, "parameters",
			 params);
}

static void print_json(void)
{
	json_t *scenarios = json_array(), *gens = json_array(), *sources = json_array(), *common = json_array();

	each_scenario(json_scenario, scenarios);
	for (size_t i = 0; generators[i]; i++)
		json_array_append_new(gens, json_generator(generators[i]));
	json_params(common, load_common_params);
	for (int i = 0; i < SOURCE_COUNT; i++)
		json_array_append_new(
			sources, json_pack("{s:s, s:s}", "name", source_rows[i].name, "what", source_rows[i].what));
	json_t *whole = json_pack("{s:o, s:o, s:o, s:o}", "scenarios", scenarios, "generators", gens, "common", common,
				  "sources", sources);

	jsontext_print(stdout, whole);
}

static void print_text(void)
{
	puts("scenarios (fuka run NAME):");
	each_scenario(print_scenario, NULL);
	puts("\ngenerators (fuka load NAME, or `load: NAME` in a timeline):");
	for (size_t i = 0; generators[i]; i++) {
		printf("  %-18s %s\n", generators[i]->name, generators[i]->about);
		generator_describe(stdout, generators[i]);
	}
	puts("  every generator also has:");
	param_print(stdout, load_common_params, "    ");
	puts("\nsources of a recording:");
	for (int i = 0; i < SOURCE_COUNT; i++)
		printf("  %-18s %s\n", source_rows[i].name, source_rows[i].what);
	puts("\nclasses of report lines (`log:` in an expectation):");
	for (int i = 0; i < KLOG_COUNT; i++)
		printf("  %s\n", klog_word(i));
	printf("\nmetrics (`metric:` in an expectation):\n%s", metric_help);
}

static int command(int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");

	if (argc > 1 && !json)
		return say("list takes no argument but --json"), FUKA_USAGE;
	if (json)
		print_json();
	else
		print_text();
	return FUKA_PASS;
}

extern const struct command command_list;

const struct command command_list = {
	.name = "list",
	.about = "what there is: scenarios, generators and their parameters, sources, metrics",
	.usage = "usage: fuka list [--json]\n\nScenarios, generators with all their parameters, sources, classes of "
		 "report lines, metrics.\n",
	.run = command,
};
