// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuka list: the catalogue, with one line per item; a single topic; a single item with all details; or everything as JSON. A
 * topic is one row with its text and its JSON, both made from the lists that the rest of fuka is made from.
 */
#include "collect/analyse/klog.h"
#include "collect/metrics/metric.h"
#include "lab/expect/expect.h"
#include "lab/help/help.h"
#include "lab/pack/kernel.h"
#include "lib/base/command.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/record/source.h"
#include "lib/text/jsontext.h"
#include "lib/text/options.h"
#include "loadgen/generators/fault.h"
#include "loadgen/harness/loadgen.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- scenarios ---- */

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
	_cleanup_(sys_freep) char *line = sys_format("  %-26s %s", s->name, s->about);

	say_printable(line);
	puts(line);
}

static void print_scenarios(void)
{
	each_scenario(print_scenario, NULL);
}

static void json_scenario(const struct scenario *s, void *list)
{
	json_array_append_new(list, json_pack("{s:o, s:o}", "name", jsontext(s->name), "about", jsontext(s->about)));
}

static json_t *json_scenarios(void)
{
	json_t *list = json_array();

	each_scenario(json_scenario, list);
	return list;
}

/* Prints the file, including its comments. */
static bool show_scenario(const char *name)
{
	_cleanup_(sys_freep) char *path = sys_format("%s/../scenarios/%s.yaml", kernel_home(), name), *text = NULL;

	if (strchr(name, '/') || sys_read_regular(path, 1 << 20, &text, NULL))
		return false;
	fputs(text, stdout);
	return true;
}

/* ---- generators and faults ---- */

static void print_generators(void)
{
	for (size_t i = 0; generators[i]; i++)
		printf("  %-26s %s\n", generators[i]->name, generators[i]->about);
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

static json_t *json_generators(void)
{
	json_t *list = json_array();

	for (size_t i = 0; generators[i]; i++)
		json_array_append_new(list, json_generator(generators[i]));
	return list;
}

static bool show_generator(const char *name)
{
	const struct generator *g = generator_find(name);

	if (!g)
		return false;
	printf("%s: %s\n", g->name, g->about);
	generator_describe_whole(stdout, g);
	return true;
}

static json_t *json_common(void)
{
	json_t *list = json_array();

	json_params(list, load_common_params);
	return list;
}

static void print_faults(void)
{
	const struct generator *g;

	for (size_t i = 0; (g = fault_generator(i)); i++)
		printf("  %-26s %s\n", g->name, g->about);
}

static json_t *json_faults(void)
{
	json_t *list = json_array();
	const struct generator *g;
	char contexts[160];

	for (size_t i = 0; (g = fault_generator(i)); i++) {
		json_t *one = json_generator(g);

		fault_contexts(g, contexts, sizeof(contexts));
		json_object_set_new(one, "contexts", json_string(contexts));
		json_array_append_new(list, one);
	}
	return list;
}

static bool show_fault(const char *name)
{
	const struct generator *g = fault_find(name);
	char contexts[160];

	if (!g)
		return false;
	fault_contexts(g, contexts, sizeof(contexts));
	printf("%s: %s\n    contexts: %s\n", g->name, g->about, contexts);
	param_print(stdout, g->params, "    ");
	return true;
}

/* ---- expectations ---- */

static void print_expectations(void)
{
	for (size_t i = 0; expectation_kinds[i]; i++) {
		const struct expectation_kind *k = expectation_kinds[i];

		printf("  %-26s %.*s\n", k->name, (int)strcspn(k->help, "\n"), k->help);
	}
}

static json_t *json_expectations(void)
{
	json_t *list = json_array();

	for (size_t i = 0; expectation_kinds[i]; i++) {
		const struct expectation_kind *k = expectation_kinds[i];
		json_t *words = json_array();

		for (const struct word *w = k->words; w->name; w++)
			json_array_append_new(words, json_string(w->name));
		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:s}", "name", k->name, "words", words, "help", k->help));
	}
	return list;
}

static bool show_expectation(const char *name)
{
	for (size_t i = 0; expectation_kinds[i]; i++)
		if (!strcmp(expectation_kinds[i]->name, name)) {
			fputs(expectation_kinds[i]->help, stdout);
			return true;
		}
	return false;
}

/* ---- sources, metrics, classes of the kernel's log ---- */

static void print_sources(void)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		printf("  %-26s %s\n", source_rows[i].name, source_rows[i].what);
}

static json_t *json_sources(void)
{
	json_t *list = json_array();

	for (int i = 0; i < SOURCE_COUNT; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s}", "name", source_rows[i].name, "what", source_rows[i].what));
	return list;
}

static void print_metrics(void)
{
	for (const char *line = metric_help; *line; line += strcspn(line, "\n") + 1)
		printf("  %.*s\n", (int)strcspn(line, "\n"), line);
}

/* Prints the lines unchanged: names, and their meaning. */
static json_t *json_metrics(void)
{
	json_t *list = json_array();

	for (const char *line = metric_help; *line; line += strcspn(line, "\n") + 1)
		json_array_append_new(list, json_stringn(line, strcspn(line, "\n")));
	return list;
}

static void print_log(void)
{
	for (int i = 0; i < KLOG_COUNT; i++)
		printf("  %-26s %s\n", klog_word(i), klog_sample(i));
}

/* Prints a class, its sample line, and the fields that are parsed from that line. */
static json_t *json_log(void)
{
	json_t *list = json_array();

	for (int i = 0; i < KLOG_COUNT; i++) {
		const char *line = klog_sample(i);
		json_t *says = json_object();
		struct klog_event e;

		if (klog_parse(line, strlen(line), &e))
			klog_json(says, &e);
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o}", "name", klog_word(i), "what", line, "says", says));
	}
	return list;
}

/* ---- the command ---- */

static const struct topic {
	const char *name, *what;
	void (*print)(void);
	json_t *(*json)(void);
	bool (*show)(
		const char *
			name); /* prints one item in full; false if there is none of that name. NULL: one line is all there is */
} topics[] = {
	{"scenarios", "fuka run NAME", print_scenarios, json_scenarios, show_scenario},
	{"generators", "fuka load NAME, or `load: NAME` in a timeline", print_generators, json_generators,
	 show_generator},
	{"faults", "`fault: NAME` in a timeline; contexts and triggers: fuka fault list", print_faults, json_faults,
	 show_fault},
	{"expectations", "in `expect:` and `never:`", print_expectations, json_expectations, show_expectation},
	{"metrics", "`metric:` in an expectation", print_metrics, json_metrics, NULL},
	{"log", "classes of the kernel's log, `log:` in an expectation", print_log, json_log, NULL},
	{"sources", "of a recording", print_sources, json_sources, NULL},
};

#define TOPICS (sizeof(topics) / sizeof(*topics))

struct list_options {
	bool json, schema;
};

static const struct param params[] = {
	{"json", PARAM_BOOL, "false", 0, 0, NULL, "the same, complete, for a program",
	 offsetof(struct list_options, json), 'j'},
	{"schema", PARAM_BOOL, "false", 0, 0, NULL, "the language of scenarios as a JSON Schema, for an editor",
	 offsetof(struct list_options, schema)},
	{0},
};

static const struct topic *find_topic(const char *name)
{
	for (size_t i = 0; i < TOPICS; i++)
		if (!strcmp(topics[i].name, name))
			return &topics[i];
	return NULL;
}

static int list_topic(const struct topic *t, bool json)
{
	if (!json)
		t->print();
	else if (jsontext_print(stdout, t->json()))
		return FUKA_FAIL;
	return FUKA_PASS;
}

static int list_all(bool json)
{
	json_t *whole = json ? json_pack("{s:o}", "common", json_common()) : NULL;

	for (size_t i = 0; i < TOPICS; i++) {
		if (json) {
			json_object_set_new(whole, topics[i].name, topics[i].json());
			continue;
		}
		printf("%s%s (%s):\n", i ? "\n" : "", topics[i].name, topics[i].what);
		topics[i].print();
	}
	return json && jsontext_print(stdout, whole) ? FUKA_FAIL : FUKA_PASS;
}

static int show(const char *name)
{
	bool shown = false;

	for (size_t i = 0; i < TOPICS; i++)
		shown |= topics[i].show && topics[i].show(name);
	if (shown)
		return FUKA_PASS;
	return say_err(
		FUKA_USAGE,
		"list: there is neither a topic nor a scenario, generator, fault or expectation '%s'; topics are "
		"scenarios, generators, faults, expectations, metrics, log, sources",
		name);
}

static int command(int argc, char **argv)
{
	struct list_options o;
	struct options given = {.command = "list", .table = params, .values = &o};

	if (options_parse(&given, argc, argv))
		return FUKA_USAGE;
	if (given.operands > 1)
		return say("list: it takes one topic or name; unexpected '%s'", given.operand[1]), FUKA_USAGE;
	if (o.schema)
		return help_schema(stdout) ? FUKA_FAIL : FUKA_PASS;
	if (!given.operands)
		return list_all(o.json);
	const struct topic *t = find_topic(given.operand[0]);

	return t ? list_topic(t, o.json) : show(given.operand[0]);
}

extern const struct command command_list;

const struct command command_list = {
	.name = "list",
	.about = "what there is: scenarios, generators, faults, metrics, sources",
	.synopsis = "[TOPIC|NAME] [OPTION…]",
	.description =
		"A line for each scenario, generator, fault, expectation, metric, class of log lines and source. With a TOPIC only\n"
		"those; with a NAME all that is known of that scenario, generator, fault or expectation.\n"
		"\n"
		"Topics: scenarios, generators, faults, expectations, metrics, log, sources.\n",
	.options = params,
	.exit_status = "0; 2 usage, or there is no such thing",
	.operands = "scenarios generators faults expectations metrics log sources",
	.run = command,
};
