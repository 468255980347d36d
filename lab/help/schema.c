// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scenario language as a JSON Schema (draft 7), from the tables of its parser. The schema covers words, kinds of
 * values, names and ranges; what depends on the whole scenario (ids, clocks, combinations) is checked only by `fuka run
 * --check`.
 *
 * To YAML a value may be a number or a boolean where fuka reads a text, so all of them are allowed wherever a text is.
 */
#include "lab/expect/expect.h"
#include "lab/help/help.h"
#include "lab/scenario/actions/action.h"
#include "collect/analyse/klog.h"
#include "lib/base/say.h"
#include "lib/text/jsontext.h"
#include "loadgen/generators/fault.h"
#include "loadgen/generators/send.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define TIME_PATTERN "^(0|([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?(ns|us|ms|s|m|h))$"
#define SIZE_PATTERN "^([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?[KMG%]?$"

static json_t *any_text(void)
{
	return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

static json_t *pattern(const char *regex)
{
	return json_pack("{s:[s,s], s:s}", "type", "string", "number", "pattern", regex);
}

static json_t *whole_number(double min, double max)
{
	json_t *number = json_pack("{s:s}", "type", "integer");

	if (min != 0 || max != 0) {
		json_object_set_new(number, "minimum", json_real(min));
		json_object_set_new(number, "maximum", json_real(max));
	}
	return json_pack("{s:[o, {s:s, s:s}]}", "anyOf", number, "type", "string", "pattern", "^[+-]?[0-9]+$");
}

static json_t *truth(void)
{
	return json_pack("{s:[b,b,s,s,s,s,s,s]}", "enum", 1, 0, "true", "false", "yes", "no", "on", "off");
}

static json_t *one_or_list(json_t *item)
{
	return json_pack("{s:[O, {s:s, s:o, s:i}]}", "anyOf", item, "type", "array", "items", item, "minItems", 1);
}

/* A choice of words, "virtual real". */
static json_t *choices(const char *words)
{
	json_t *list = json_array();

	for (; *words; words += strspn(words, " ")) {
		size_t n = strcspn(words, " ");

		json_array_append_new(list, json_stringn(words, n));
		words += n;
	}
	return json_pack("{s:o}", "enum", list);
}

static json_t *param_schema(const struct param *p)
{
	switch (p->type) {
	case PARAM_INT:
		return whole_number(p->min, p->max);
	case PARAM_SIZE:
		return pattern(SIZE_PATTERN);
	case PARAM_TIME:
		return pattern(TIME_PATTERN);
	case PARAM_BOOL:
		return truth();
	case PARAM_CHOICE:
		return choices(p->choices);
	default:
		return any_text();
	}
}

static void add(json_t *properties, const char *name, json_t *schema, const char *help)
{
	if (help)
		json_object_set_new(schema, "description", json_string(help));
	json_object_set_new(properties, name, schema);
}

/* Adds a table of parameters; of a fault only those that belong (or do not belong) to trigger:. */
static void add_params(json_t *properties, const struct param *p, const bool *trigger)
{
	for (; p->name; p++)
		if (!trigger || fault_is_trigger(p->name) == *trigger)
			add(properties, p->name, param_schema(p), p->help);
}

/* Adds references to the parameters that every load has, which are among the definitions. */
static void add_common(json_t *properties)
{
	char where[80];

	for (const struct param *p = load_common_params; p->name; p++) {
		snprintf(where, sizeof(where), "#/definitions/%s", p->name);
		add(properties, p->name, json_pack("{s:s}", "$ref", where), NULL);
	}
}

static json_t *closed_map(json_t *properties)
{
	return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
}

static json_t *map_of(json_t *values, const char *keys)
{
	return json_pack("{s:s, s:{s:o}, s:b}", "type", "object", "patternProperties", keys, values,
			 "additionalProperties", 0);
}

static json_t *params_map(const struct param *table, const struct word *words);
static json_t *host_schema(void);

static json_t *shape_schema(enum value_shape shape)
{
	static const char *const regex[] = {
		[VALUE_TIME] = TIME_PATTERN,
		[VALUE_SIZE] = SIZE_PATTERN,
		[VALUE_FIGURE] = "^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?(%|K|M|G|ns|us|ms|s|m|h)?$",
		[VALUE_SIDE] = "^(inside|outside)$",
	};

	switch (shape) {
	case VALUE_TIME:
	case VALUE_SIZE:
	case VALUE_FIGURE:
	case VALUE_SIDE:
		return pattern(regex[shape]);
	case VALUE_INT:
		return whole_number(0, 0);
	case VALUE_BOOL:
		return truth();
	case VALUE_TEXTS:
		return one_or_list(any_text());
	case VALUE_RANGE:
		return json_pack("{s:s, s:o, s:i, s:i}", "type", "array", "items", shape_schema(VALUE_FIGURE),
				 "minItems", 2, "maxItems", 2);
	case VALUE_COUNT:
		return closed_map(json_pack("{s:o, s:o}", "min", whole_number(0, 0), "max", whole_number(0, 0)));
	case VALUE_MAP_OF_TEXTS:
		return map_of(any_text(), "^[A-Za-z0-9]");
	case VALUE_WRITES:
		return map_of(any_text(), "^/");
	case VALUE_PACKETS:
		return params_map(send_generator.params, NULL);
	case VALUE_HOST:
		return host_schema();
	default:
		return any_text();
	}
}

static void add_words(json_t *properties, const struct word *w)
{
	for (; w && w->name; w++)
		add(properties, w->name, shape_schema(w->shape), w->help);
}

static json_t *params_map(const struct param *table, const struct word *words)
{
	json_t *properties = json_object();

	add_params(properties, table, NULL);
	add_words(properties, words);
	return closed_map(properties);
}

static json_t *host_schema(void)
{
	json_t *properties = json_object();

	for (const struct word *const *table = action_host_words; *table; table++)
		add_words(properties, *table);
	return closed_map(properties);
}

/* ---- the timeline: a schema for each generator, each fault, and each other action ---- */

static json_t *entry_schema(const char *action, json_t *value, json_t *properties, const struct action_kind *a)
{
	add(properties, action, value, NULL);
	add_words(properties, action_common_words);
	for (const struct word *w = a->own; w && w->name; w++)
		if (w->shape != VALUE_TRIGGER)
			add(properties, w->name, shape_schema(w->shape), w->help);
	json_t *schema = closed_map(properties);

	json_object_set_new(schema, "required", json_pack("[s,s]", "at", action));
	return schema;
}

static json_t *load_schema(const struct action_kind *a, const struct generator *g)
{
	json_t *properties = json_object();

	add_params(properties, g->params, NULL);
	add_common(properties);
	if (g->profiled)
		add_params(properties, load_profile_params, NULL);
	return entry_schema(a->word.name, json_pack("{s:s, s:s}", "const", g->name, "description", g->about),
			    properties, a);
}

static json_t *fault_schema(const struct action_kind *a, const struct generator *g)
{
	json_t *properties = json_object();

	add_params(properties, g->params, &(bool){false});
	add_common(properties);
	add(properties, "trigger", json_pack("{s:s}", "$ref", "#/definitions/trigger"), NULL);
	return entry_schema(a->word.name, json_pack("{s:s, s:s}", "const", g->name, "description", g->about),
			    properties, a);
}

static json_t *timeline_schema(void)
{
	json_t *any = json_array();
	const struct generator *g;

	for (size_t i = 0; action_kinds[i]; i++) {
		const struct action_kind *a = action_kinds[i];
		json_t *properties = json_object();

		for (size_t k = 0; a->word.shape == VALUE_GENERATOR && generators[k]; k++)
			json_array_append_new(any, load_schema(a, generators[k]));
		for (size_t k = 0; a->word.shape == VALUE_FAULT && (g = fault_generator(k)); k++)
			json_array_append_new(any, fault_schema(a, g));
		if (a->word.shape == VALUE_PACKETS)
			add_common(properties);
		if (a->word.shape != VALUE_GENERATOR && a->word.shape != VALUE_FAULT)
			json_array_append_new(any,
					      entry_schema(a->word.name, shape_schema(a->word.shape), properties, a));
		else
			json_decref(properties);
	}
	return json_pack("{s:s, s:{s:o}}", "type", "array", "items", "anyOf", any);
}

/* ---- expectations ---- */

static json_t *expectations_schema(void)
{
	json_t *any = json_array();

	for (size_t i = 0; expectation_kinds[i]; i++) {
		const struct expectation_kind *k = expectation_kinds[i];
		json_t *properties = json_object(), *schema;

		add(properties, k->name, any_text(), k->help);
		add_words(properties, k->words);
		schema = closed_map(properties);
		json_object_set_new(schema, "required", json_pack("[s]", k->name));
		json_array_append_new(any, schema);
	}
	return json_pack("{s:s, s:{s:o}}", "type", "array", "items", "anyOf", any);
}

static json_t *top_schema(enum value_shape shape)
{
	switch (shape) {
	case VALUE_MACHINE:
		return params_map(machine_params, machine_words);
	case VALUE_RECORD:
		return params_map(record_params, record_words);
	case VALUE_TIMELINE:
		return timeline_schema();
	case VALUE_EXPECTATIONS:
		return expectations_schema();
	default:
		return shape_schema(shape);
	}
}

/* All faults have the same triggers. */
static json_t *definitions(void)
{
	json_t *all = json_object(), *trigger = json_object();

	add_params(all, load_common_params, NULL);
	add_params(trigger, fault_generator(0)->params, &(bool){true});
	add(all, "trigger", closed_map(trigger), "what triggers the fault; default: it acts at once");
	return all;
}

int help_schema(FILE *out)
{
	json_t *properties = json_object();

	for (const struct word *w = scenario_words; w->name; w++)
		add(properties, w->name, top_schema(w->shape), w->help);
	json_t *schema = closed_map(properties);

	json_object_set_new(schema, "definitions", definitions());
	json_object_set_new(schema, "$schema", json_string("http://json-schema.org/draft-07/schema#"));
	json_object_set_new(schema, "title", json_string("a scenario of fuka"));
	json_object_set_new(schema, "required", json_pack("[s,s]", "about", "end"));
	return jsontext_print(out, schema);
}
