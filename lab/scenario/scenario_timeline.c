// SPDX-License-Identifier: GPL-2.0-or-later
/* timeline: what happens, and when. */
#include "lab/scenario/scenario_read.h"
#include "loadgen/generators/fault.h"
#include "lab/host/host.h"
#include "lab/guest/netcard.h"
#include "loadgen/generators/send.h"
#include "lib/base/sys.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX 63

static void entry_at(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->entry->at_ns);
}

static void entry_for(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->entry->for_ns);
}

static void entry_id(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	const char *id;

	read_text(r, key, value, &r->entry->id);
	id = r->entry->id;
	if (id && (strlen(id) > ID_MAX || id[strspn(id, letters)]))
		read_wrong(r, value, "id: '%.80s'; expected up to %d letters, digits, '_', '.' and '-'", id, ID_MAX);
}

static void entry_load(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	const struct generator *g = generator_find(value->text);
	char names[256];

	generator_names(names, sizeof(names));
	r->entry->action = ACTION_LOAD;
	if (!g)
		read_wrong(r, value, "load: there is no generator '%s' in this version; it has %s", value->text, names);
	else if (load_spec_init(&r->entry->load, g))
		read_wrong(r, value, "load: no memory");
}

static void entry_fault(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	char names[512];

	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	const struct generator *g = fault_find(value->text);

	fault_names(names, sizeof(names));
	r->entry->action = ACTION_FAULT;
	if (!g)
		read_wrong(r, value, "fault: there is no fault '%s' in this version; it has %s", value->text, names);
	else if (fault_spec_init(&r->entry->load, g))
		read_wrong(r, value, "fault: no memory");
}

/* A map of parameters of the entry's load: `trigger: {udp: 7777}`, `send: {udp: 7777}`. */
static void read_load_map(struct reader *r, const struct yaml *key, const struct yaml *value, bool trigger)
{
	struct load_spec *l = &r->entry->load;
	char why[PARAM_WHY];

	if (!read_is_kind(r, key, value, YAML_MAP))
		return;
	for (size_t i = 0; i < value->count; i++) {
		const struct yaml *k = value->key[i], *v = value->item[i];

		if (trigger && !fault_is_trigger(k->text))
			read_wrong(r, k, "trigger: '%s' is no word of a trigger; `fuka fault list` has them all",
				   k->text);
		else if (read_is_kind(r, k, v, YAML_TEXT) && load_spec_set(l, k->text, v->text, why))
			read_wrong(r, v, "%s.%s: %s", key->text, k->text, why);
	}
}

static void entry_send(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	r->entry->action = ACTION_SEND;
	if (load_spec_init(&r->entry->load, &send_generator))
		return read_wrong(r, value, "send: no memory");
	r->entry->load.common.oom_score_adj = -1000;
	read_load_map(r, key, value, false);
}

static void entry_from(struct reader *r, const struct yaml *key, const struct yaml *value)
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
			   "from: outside: the host sends in wall time, which the virtual clock does not know; set "
			   "machine: {clock: real, network: true}");
	else if (!r->s->machine.network)
		read_wrong(r, key, "from: outside: this machine has no network; add machine: {network: true}");
}

static void entry_run(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	r->entry->action = ACTION_RUN;
	read_texts(r, key, value, &r->entry->argv);
}

static void entry_files(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_texts(r, key, value, &r->entry->file);
}

static void entry_package(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_texts(r, key, value, &r->entry->package);
}

static void entry_oom_score_adj(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct load_common common = {0};
	char why[PARAM_WHY];

	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	if (param_set(load_common_params, &common, key->text, value->text, why))
		read_wrong(r, value, "%s: %s", key->text, why);
	r->entry->oom_score_adj = common.oom_score_adj;
}

static void entry_write(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct entry *e = r->entry;

	e->action = ACTION_WRITE;
	if (!read_is_kind(r, key, value, YAML_MAP))
		return;
	e->path = calloc(value->count + 1, sizeof(*e->path));
	e->value = calloc(value->count + 1, sizeof(*e->value));
	for (size_t i = 0; e->path && e->value && i < value->count; i++) {
		e->path[i] = read_copy(value->key[i]->text);
		e->value[i] = read_is_kind(r, value->key[i], value->item[i], YAML_TEXT)
				      ? read_copy(value->item[i]->text)
				      : read_copy("");
		if (e->path[i][0] != '/')
			read_wrong(r, value->key[i], "write: '%s' is not an absolute path in the guest", e->path[i]);
	}
}

static void entry_stop(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	r->entry->action = ACTION_STOP;
	read_text(r, key, value, &r->entry->stop);
}

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
		read_wrong(r, value, "bps: '%s' is not a size; expected bytes a second such as 1M", value->text);
}

static const struct word host_words[] = {
	{"kill", host_kill},
	{"throttle", host_throttle},
	{"stall", host_stall},
	{"eio", host_eio},
	{"plug", host_plug},
	{"unplug", host_unplug},
	{0},
};

/* Words that only throttle: knows. */
static const struct word throttle_words[] = {
	{"iops", host_iops},
	{"bps", host_bps},
	{0},
};

/* One thing a time, and what belongs to it. */
static void read_host(struct reader *r, const struct yaml *map)
{
	const struct yaml *first = NULL;
	char names[128];

	read_word_names(host_words, names, sizeof(names));
	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = read_find_word(host_words, map->key[i]->text);

		if (w && first)
			read_wrong(r, map->key[i], "host: one thing a time; '%s' is there already", first->text);
		first = w && !first ? map->key[i] : first;
		if (w)
			w->read(r, map->key[i], map->item[i]);
	}
	if (!first)
		read_wrong(r, map, "host: what shall it do? expected one of %s", names);
	for (size_t i = 0; first && i < map->count; i++) {
		const struct word *w = read_find_word(throttle_words, map->key[i]->text);

		if (w && r->entry->host == HOST_THROTTLE)
			w->read(r, map->key[i], map->item[i]);
		else if (!read_find_word(host_words, map->key[i]->text))
			read_wrong(r, map->key[i], "unknown key '%s' in host:; allowed: %s; throttle: iops, bps",
				   map->key[i]->text, names);
	}
}

static void entry_host(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	r->entry->action = ACTION_HOST;
	if (!read_is_kind(r, key, value, YAML_MAP))
		return;
	read_host(r, value);
	if (r->s->machine.clock == CLOCK_IS_VIRTUAL)
		read_wrong(r, key,
			   "host: what the host does happens in wall time, which the virtual clock does not know; "
			   "set machine: {clock: real}");
}

/* What an entry does: exactly one of these. */
static const struct word action_words[] = {
	{"load", entry_load}, {"run", entry_run},     {"write", entry_write}, {"stop", entry_stop},
	{"host", entry_host}, {"fault", entry_fault}, {"send", entry_send},   {0},
};

static const struct word entry_words[] = {
	{"at", entry_at},
	{"for", entry_for},
	{"id", entry_id},
	{0},
};

/* Words that only a `run:` knows. */
static const struct word run_words[] = {
	{"files", entry_files},
	{"package", entry_package},
	{"oom_score_adj", entry_oom_score_adj},
	{0},
};

/* A key that is neither an action nor a common word: a parameter of the generator, or a word of run:. */
static void read_entry_extra(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct entry *e = r->entry;
	char why[PARAM_WHY];

	if (e->action == ACTION_RUN && read_find_word(run_words, key->text)) {
		read_find_word(run_words, key->text)->read(r, key, value);
	} else if (e->action == ACTION_FAULT && !strcmp(key->text, "trigger")) {
		if (e->load.generator)
			read_load_map(r, key, value, true);
	} else if (e->action == ACTION_FAULT && fault_is_trigger(key->text)) {
		read_wrong(r, key, "'%s' is a word of the trigger: write trigger: {%s: …}", key->text, key->text);
	} else if (e->action == ACTION_SEND && !strcmp(key->text, "from")) {
		entry_from(r, key, value);
	} else if (e->load.generator) {
		if (read_is_kind(r, key, value, YAML_TEXT) && load_spec_set(&e->load, key->text, value->text, why))
			read_wrong(r, value, "%s.%s: %s", e->load.generator->name, key->text, why);
	} else if (!entry_is_load(e)) {
		read_wrong(r, key,
			   "unknown key '%s' in a timeline entry; allowed: at, for, id, one of load, run, write, stop, "
			   "host, fault, send, and their own (a generator's parameters; run: files, package, "
			   "oom_score_adj)",
			   key->text);
	}
}

/* How many there are; the place of the last. */
static int find_action(const struct yaml *map, size_t *at)
{
	int n = 0;

	for (size_t i = 0; i < map->count; i++)
		if (read_find_word(action_words, map->key[i]->text)) {
			*at = i;
			n++;
		}
	return n;
}

/* What only the whole entry can tell. */
static void check_entry(struct reader *r, const struct yaml *map, struct entry *e)
{
	bool fault = e->action == ACTION_FAULT && e->load.generator;
	unsigned char frame[NETCARD_FRAME_MAX];
	char why[PARAM_WHY];

	if (!yaml_get(map, "at"))
		read_wrong(r, map, "timeline: an entry needs 'at:', the time since the start at which it acts");
	if (e->load.generator && load_spec_check(&e->load, why))
		read_wrong(r, map, "%s", why);
	else if (e->outside && netcard_frame(e->load.values, frame) < 0)
		read_wrong(r, yaml_get(map, "from"),
			   "from: outside: the guest's addresses are " NETCARD_GUEST_V4 " and " NETCARD_GUEST_V6);
	if (e->for_ns != NOT_GIVEN && !entry_is_load(e) && e->action != ACTION_RUN && !e->device)
		read_wrong(r, map,
			   "'for:' goes with load:, fault:, send:, run: and what the host does to a disk only; this "
			   "entry is done at once");
	if (fault && fault_needs_cpus(&e->load) && r->s->machine.cpus < 2)
		read_wrong(r, map, "context ipi: another CPU is asked: the machine needs cpus: 2 (and clock: real)");
	if (fault && fault_spec_label(&e->load, e->id))
		read_wrong(r, map,
			   "fault: its id '%s' goes into the module's record: at most 31 letters, digits and -_.",
			   e->id);
}

static void read_entry(struct reader *r, const struct yaml *map, size_t index)
{
	struct entry *e = &r->s->entry[index];
	size_t action;
	int n;

	r->entry = e;
	*e = (struct entry){.at_ns = 0, .for_ns = NOT_GIVEN, .line = map->line};
	if (map->kind != YAML_MAP) {
		read_wrong(r, map, "timeline: an entry is a map such as {at: 5s, load: cpu, tasks: 8}");
		return;
	}
	n = find_action(map, &action);
	if (n != 1) {
		read_wrong(r, map,
			   "timeline: an entry does exactly one thing, this one %d; expected one of load, run, write, "
			   "stop, host, fault, send",
			   n);
		return;
	}
	read_find_word(action_words, map->key[action]->text)->read(r, map->key[action], map->item[action]);
	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = read_find_word(entry_words, map->key[i]->text);

		if (w)
			w->read(r, map->key[i], map->item[i]);
		else if (!read_find_word(action_words, map->key[i]->text))
			read_entry_extra(r, map->key[i], map->item[i]);
	}
	if (!e->id)
		e->id = sys_format("%s-%zu", entry_kind(e), index + 1);
	check_entry(r, map, e);
}

void read_timeline(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (!read_is_kind(r, key, value, YAML_LIST))
		return;
	r->s->entry = calloc(value->count + 1, sizeof(*r->s->entry));
	for (size_t i = 0; r->s->entry && i < value->count; i++) {
		read_entry(r, value->item[i], i);
		r->s->entries++;
	}
}
