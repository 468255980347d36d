// SPDX-License-Identifier: GPL-2.0-or-later
/* load: starts a generator, with its parameters beside it. */
#include "lab/scenario/actions/action.h"

static void read_value(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char names[256];

	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	const struct generator *g = generator_find(value->text);

	generator_names(names, sizeof(names));
	if (!g)
		read_wrong(r, value, "load: this version has no generator '%s'; expected one of %s", value->text,
			   names);
	else if (load_spec_init(&r->entry->load, g))
		read_wrong(r, value, "load: no memory");
}

static void check(struct reader *r, const struct yaml *map, const struct entry *e)
{
	char why[PARAM_WHY];

	if (e->load.generator && load_spec_check(&e->load, why))
		read_wrong(r, map, "%s", why);
}

const struct action_kind action_load = {
	.word = {"load", read_value, VALUE_GENERATOR,
		 "{at: 5s, for: 60s, load: cpu, tasks: 8}          a generator and its parameters (`fuka list NAME`)\n"},
	.parameters = PARAMETERS_OF_GENERATOR,
	.parameter = action_parameter,
	.check = check,
};
