// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads timeline: the common words of an entry here, its actions in actions/. */
#include "lab/scenario/actions/action.h"
#include "lib/base/sys.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX 63

#define ACTION(NAME, name) extern const struct action_kind action_##name;
#include "lab/scenario/actions/list.h"
#undef ACTION

const struct action_kind *const action_kinds[] = {
#define ACTION(NAME, name) [ACTION_##NAME] = &action_##name,
#include "lab/scenario/actions/list.h"
#undef ACTION
	NULL,
};

const char *entry_kind(const struct entry *e)
{
	return action_kinds[e->action]->word.name;
}

static void read_at(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->entry->at_ns);
}

static void read_for(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->entry->for_ns);
}

static void read_id(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	const char *id;

	read_text(r, key, value, &r->entry->id);
	id = r->entry->id;
	if (id && (strlen(id) > ID_MAX || id[strspn(id, letters)]))
		read_wrong(r, value, "id: '%.80s'; expected up to %d letters, digits, '_', '.' and '-'", id, ID_MAX);
}

const struct word action_common_words[] = {
	{"at", read_at, VALUE_TIME, "the time since the start at which it acts"},
	{"for", read_for, VALUE_TIME, "how long it lasts; default: until it is stopped, or the end"},
	{"id", read_id, VALUE_TEXT, "its name, for stop:, after: and reports"},
	{0},
};

void action_set(struct reader *r, const char *of, const struct yaml *key, const struct yaml *value)
{
	struct load_spec *l = &r->entry->load;
	char why[PARAM_WHY];

	if (l->generator && read_is_kind(r, key, value, YAML_TEXT) && load_spec_set(l, key->text, value->text, why))
		read_wrong(r, value, "%s.%s: %s", of, key->text, why);
}

void action_parameter(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	if (r->entry->load.generator)
		action_set(r, r->entry->load.generator->name, key, value);
}

static int find_action(const char *name)
{
	for (int i = 0; action_kinds[i]; i++)
		if (!strcmp(action_kinds[i]->word.name, name))
			return i;
	return -1;
}

/* "load, run, write, …" */
static void action_names(char *buf, size_t size)
{
	size_t n = 0;

	for (int i = 0; action_kinds[i] && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s", i ? ", " : "", action_kinds[i]->word.name);
}

/* Finds the key that names the action; -1 with a message if there is not exactly one. */
static int read_action(struct reader *r, const struct yaml *map)
{
	char names[128];
	int at = -1, n = 0;

	for (size_t i = 0; i < map->count; i++)
		if (find_action(map->key[i]->text) >= 0) {
			at = (int)i;
			n++;
		}
	if (n == 1)
		return at;
	action_names(names, sizeof(names));
	read_wrong(r, map, "timeline: an entry needs exactly one action, found %d; expected one of %s", n, names);
	return -1;
}

static void read_beside(struct reader *r, const struct action_kind *a, const struct yaml *key, const struct yaml *value)
{
	const struct word *w = read_find_word(action_common_words, key->text);
	char common[64], own[128] = "";

	if (!w && a->own)
		w = read_find_word(a->own, key->text);
	if (w)
		return w->read(r, key, value);
	if (a->parameter)
		return a->parameter(r, key, value);
	read_word_names(action_common_words, common, sizeof(common));
	if (a->own)
		read_word_names(a->own, own, sizeof(own));
	read_wrong(r, key, "unknown key '%s' in a timeline entry; allowed beside %s: %s%s%s", key->text, a->word.name,
		   common, *own ? ", " : "", own);
}

/* Checks the whole entry. */
static void check_entry(struct reader *r, const struct yaml *map, const struct entry *e)
{
	const struct action_kind *a = action_kinds[e->action];

	if (!yaml_get(map, "at"))
		read_wrong(r, map, "timeline: an entry needs 'at:', the time since the start at which it acts");
	if (e->for_ns != NOT_GIVEN && !entry_is_load(e) && e->action != ACTION_RUN && !e->device)
		read_wrong(r, map,
			   "'for:' works only with load:, fault:, send:, run: and the host's actions on a disk; this "
			   "entry ends at once");
	if (a->check)
		a->check(r, map, e);
}

static void read_entry(struct reader *r, const struct yaml *map, size_t index)
{
	struct entry *e = &r->s->entry[index];

	r->entry = e;
	*e = (struct entry){.at_ns = 0, .for_ns = NOT_GIVEN, .line = map->line};
	if (map->kind != YAML_MAP) {
		read_wrong(r, map, "timeline: an entry is a map such as {at: 5s, load: cpu, tasks: 8}");
		return;
	}
	int at = read_action(r, map);

	if (at < 0)
		return;
	e->action = find_action(map->key[at]->text);
	const struct action_kind *a = action_kinds[e->action];

	a->word.read(r, map->key[at], map->item[at]);
	for (int i = 0; i < (int)map->count; i++)
		if (i != at)
			read_beside(r, a, map->key[i], map->item[i]);
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
