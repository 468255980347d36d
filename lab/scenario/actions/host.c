// SPDX-License-Identifier: GPL-2.0-or-later
/* host: actions that only the host can do, from outside; real clock only. */
#include "lab/scenario/actions/action.h"
#include "lab/host/disk_faults.h"

#include <string.h>

static void host_kill(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (read_is_kind(r, key, value, YAML_TEXT) && strcmp(value->text, "machine"))
		read_wrong(r, value, "host.kill: '%s' cannot be killed; expected: machine", value->text);
	r->entry->host = HOST_KILL;
}

static void host_disk(struct reader *r, const struct yaml *key, const struct yaml *value, enum host_action what)
{
	read_text(r, key, value, &r->entry->device);
	r->entry->host = what;
	if (r->entry->device && strcmp(r->entry->device, HOST_DISK))
		read_wrong(r, value, "host.%s: there is no device '%s'; a machine has at most " HOST_DISK, key->text,
			   value->text);
	else if (r->s->machine.disk == INT64_MIN)
		read_wrong(r, value, "host.%s: this machine has no disk; add machine: {disk: SIZE}", key->text);
}

static void host_throttle(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	host_disk(r, key, value, HOST_THROTTLE);
}

static void host_stall(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	host_disk(r, key, value, HOST_STALL);
}

static void host_eio(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	host_disk(r, key, value, HOST_FAIL);
}

static void host_plug(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	host_disk(r, key, value, HOST_PLUG);
}

static void host_unplug(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	host_disk(r, key, value, HOST_UNPLUG);
}

static void host_iops(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_int(r, key, value, &r->entry->iops);
}

static void host_bps(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (read_is_kind(r, key, value, YAML_TEXT) &&
	    (param_parse_size(value->text, &r->entry->bps) || r->entry->bps < 0))
		read_wrong(r, value, "bps: '%s' is not a size; expected bytes per second such as 1M", value->text);
}

static const struct word host_words[] = {
	{"kill", host_kill, VALUE_TEXT, "machine: QEMU itself"},
	{"throttle", host_throttle, VALUE_TEXT, "disk0: limits by iops: and bps:; 0 or none: no limit"},
	{"stall", host_stall, VALUE_TEXT, "disk0: it hangs"},
	{"eio", host_eio, VALUE_TEXT, "disk0: each request fails"},
	{"plug", host_plug, VALUE_TEXT, "disk0: hot-plugs it"},
	{"unplug", host_unplug, VALUE_TEXT, "disk0: unplugs it"},
	{0},
};

/* Words that belong only to throttle:. */
static const struct word throttle_words[] = {
	{"iops", host_iops, VALUE_INT, "throttle: requests per second"},
	{"bps", host_bps, VALUE_SIZE, "throttle: bytes per second"},
	{0},
};

/* Reads one action and what belongs to it. */
static void read_host(struct reader *r, const struct yaml *map)
{
	const struct yaml *first = NULL;
	char names[128];

	read_word_names(host_words, names, sizeof(names));
	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = read_find_word(host_words, map->key[i]->text);

		if (w && first)
			read_wrong(r, map->key[i], "host: only one action per entry: '%s' is given already",
				   first->text);
		first = w && !first ? map->key[i] : first;
		if (w)
			w->read(r, map->key[i], map->item[i]);
	}
	if (!first)
		read_wrong(r, map, "host: no action is given; expected one of %s", names);
	for (size_t i = 0; first && i < map->count; i++) {
		const struct word *w = read_find_word(throttle_words, map->key[i]->text);

		if (w && r->entry->host == HOST_THROTTLE)
			w->read(r, map->key[i], map->item[i]);
		else if (!read_find_word(host_words, map->key[i]->text))
			read_wrong(r, map->key[i], "unknown key '%s' in host:; allowed: %s; throttle: iops, bps",
				   map->key[i]->text, names);
	}
}

static void read_value(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!read_is_kind(r, key, value, YAML_MAP))
		return;
	read_host(r, value);
	if (r->s->machine.clock == CLOCK_IS_VIRTUAL)
		read_wrong(r, key,
			   "host: the host acts in wall time, which does not exist on the virtual clock; set machine: "
			   "{clock: real}");
}

const struct word *const action_host_words[] = {host_words, throttle_words, NULL};

const struct action_kind action_host = {
	.word = {"host", read_value, VALUE_HOST,
		 "{at: 80s, host: {kill: machine}}                 from outside; clock: real only\n"
		 "{at: 60s, host: {throttle: disk0, iops: 1, bps: 64K}}  0 or none: no limit\n"
		 "{at: 60s, for: 10s, host: {stall: disk0}}        it hangs; eio: it fails; unplug, plug: it goes, comes\n"
		 "  (the first of these being plug: it is not there before; for:, stop: what it was before, again)\n"},
};
