// SPDX-License-Identifier: GPL-2.0-or-later
/* send: sends packets, from inside over loopback or from the host to the network card. */
#include "lab/scenario/actions/action.h"
#include "lab/guest/netcard.h"
#include "loadgen/generators/send.h"

#include <string.h>

static void read_value(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (load_spec_init(&r->entry->load, &send_generator))
		return read_wrong(r, value, "send: no memory");
	r->entry->load.common.oom_score_adj = -1000;
	if (!read_is_kind(r, key, value, YAML_MAP))
		return;
	for (size_t i = 0; i < value->count; i++)
		action_set(r, key->text, value->key[i], value->item[i]);
}

static void read_from(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	r->entry->outside = !strcmp(value->text, "outside");
	if (!r->entry->outside && strcmp(value->text, "inside"))
		read_wrong(r, value, "from: '%s'; expected inside (over loopback) or outside (from the host)",
			   value->text);
	if (!r->entry->outside)
		return;
	if (r->s->machine.clock == CLOCK_IS_VIRTUAL)
		read_wrong(r, key,
			   "from: outside: the host sends in wall time, which does not exist on the virtual clock; set "
			   "machine: {clock: real, network: true}");
	else if (!r->s->machine.network)
		read_wrong(r, key, "from: outside: this machine has no network; add machine: {network: true}");
}

static void check(struct reader *r, const struct yaml *map, const struct entry *e)
{
	unsigned char frame[NETCARD_FRAME_MAX];
	char why[PARAM_WHY];

	if (e->load.generator && load_spec_check(&e->load, why))
		read_wrong(r, map, "%s", why);
	else if (e->outside && netcard_frame(e->load.values, frame) < 0)
		read_wrong(r, yaml_get(map, "from"),
			   "from: outside: the guest's addresses are " NETCARD_GUEST_V4 " and " NETCARD_GUEST_V6);
}

static const struct word own[] = {
	{"from", read_from, VALUE_SIDE, "inside (over loopback) or outside (from the host)"},
	{0},
};

const struct action_kind action_send = {
	.word = {"send", read_value, VALUE_PACKETS,
		 "{at: 50s, send: {udp: 7777, count: 3}}           packets from inside, over loopback\n"
		 "{at: 50s, send: {udp: 7777}, from: outside}      from the host; needs network: true and clock: real\n"},
	.own = own,
	.parameters = PARAMETERS_OF_GENERATOR,
	.parameter = action_parameter,
	.check = check,
};
