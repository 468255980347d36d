// SPDX-License-Identifier: GPL-2.0-or-later
/* fault: a fault of the kernel module, with its parameters beside it and those of its trigger in trigger:. */
#include "lab/scenario/actions/action.h"
#include "loadgen/generators/fault.h"

static void read_value(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char names[512];

	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	const struct generator *g = fault_find(value->text);

	fault_names(names, sizeof(names));
	if (!g)
		read_wrong(r, value, "fault: this version has no fault '%s'; expected one of %s", value->text, names);
	else if (fault_spec_init(&r->entry->load, g))
		read_wrong(r, value, "fault: no memory");
}

static void read_trigger(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!r->entry->load.generator || !read_is_kind(r, key, value, YAML_MAP))
		return;
	for (size_t i = 0; i < value->count; i++) {
		const struct yaml *k = value->key[i];

		if (fault_is_trigger(k->text))
			action_set(r, key->text, k, value->item[i]);
		else
			read_wrong(r, k, "trigger: unknown key '%s'; `fuka fault list` lists the keys", k->text);
	}
}

static void parameter(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (fault_is_trigger(key->text))
		read_wrong(r, key, "'%s' belongs to the trigger: write trigger: {%s: …}", key->text, key->text);
	else
		action_parameter(r, key, value);
}

static void check(struct reader *r, const struct yaml *map, const struct entry *e)
{
	struct load_spec load = e->load;
	char why[PARAM_WHY];

	if (!load.generator)
		return;
	if (load_spec_check(&load, why))
		read_wrong(r, map, "%s", why);
	if (fault_needs_cpus(&load) && r->s->machine.cpus < 2)
		read_wrong(r, map,
			   "context ipi: the IPI goes to another CPU: the machine needs cpus: 2 (and clock: real)");
	if (fault_spec_label(&load, e->id))
		read_wrong(
			r, map,
			"fault: the id '%s' must be at most 31 letters, digits and -_. because it is in the module's "
			"record",
			e->id);
}

static const struct word own[] = {
	{"trigger", read_trigger, VALUE_TRIGGER, "what triggers it; default: it acts at once"},
	{0},
};

const struct action_kind action_fault = {
	.word = {"fault", read_value, VALUE_FAULT,
		 "{at: 20s, id: leak, fault: leak-pages, context: softirq, trigger: {udp: 7777}, size: 64M}\n"
		 "  (contexts, triggers and faults with their parameters: `fuka fault list`; without trigger: at once)\n"},
	.own = own,
	.parameters = PARAMETERS_OF_FAULT,
	.parameter = parameter,
	.check = check,
};
