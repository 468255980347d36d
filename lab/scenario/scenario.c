// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns YAML into struct scenario: the top level of the language, and checks of the whole. scenario_machine.c,
 * scenario_timeline.c and lab/expect read its large maps.
 */
#include "lab/scenario/scenario_read.h"
#include "loadgen/generators/fault.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WALL_PER_GUEST_SECOND 2 /* a run that takes longer than this plus two minutes is hung */

static void read_about(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_text(r, key, value, &r->s->about);
}

static void read_end(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->s->end_ns);
}

static void read_deadline(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_time(r, key, value, &r->s->deadline_ns);
	if (r->s->deadline_ns == 0)
		read_wrong(r, value, "deadline: 0 is too short for any run; expected a time such as 5m");
}

static void read_expectations(struct reader *r, const struct yaml *key, const struct yaml *value, bool never)
{
	if (r->expect_fn && read_is_kind(r, key, value, YAML_LIST))
		r->expect_fn(r, value, never);
}

static void read_expect(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_expectations(r, key, value, false);
}

static void read_never(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_expectations(r, key, value, true);
}

const struct word scenario_words[] = {
	{"about", read_about, VALUE_TEXT, "one sentence that says what it demonstrates"},
	{"machine", read_machine, VALUE_MACHINE, "the machine it runs on"},
	{"record", read_record, VALUE_RECORD, "how it is recorded"},
	{"timeline", read_timeline, VALUE_TIMELINE, "what happens; times are relative to the start"},
	{"end", read_end, VALUE_TIME, "when the scenario ends"},
	{"deadline", read_deadline, VALUE_TIME,
	 "host wall time after which the run is lost (default: two minutes plus twice end:)"},
	{"expect", read_expect, VALUE_EXPECTATIONS, "all must hold"},
	{"never", read_never, VALUE_EXPECTATIONS, "none may hold"},
	{0},
};

bool entry_is_load(const struct entry *e)
{
	return e->action == ACTION_LOAD || e->action == ACTION_FAULT || (e->action == ACTION_SEND && !e->outside);
}

bool entry_is_hosts(const struct entry *e)
{
	return e->action == ACTION_HOST || e->outside;
}

const char *entry_host_action(const struct entry *e)
{
	static const char *const words[] = {
		[HOST_KILL] = "kill", [HOST_THROTTLE] = "throttle", [HOST_STALL] = "stall",
		[HOST_FAIL] = "eio",  [HOST_PLUG] = "plug",         [HOST_UNPLUG] = "unplug",
	};

	return e->outside ? "send" : words[e->host];
}

bool scenario_has_host(const struct scenario *s, enum host_action what)
{
	for (size_t i = 0; i < s->entries; i++)
		if (s->entry[i].action == ACTION_HOST && s->entry[i].host == what)
			return true;
	return false;
}

bool scenario_disk_plugs(const struct scenario *s)
{
	return scenario_has_host(s, HOST_PLUG) || scenario_has_host(s, HOST_UNPLUG);
}

bool scenario_disk_is_out(const struct scenario *s)
{
	const struct entry *first = NULL;

	for (size_t i = 0; i < s->entries; i++) {
		const struct entry *e = &s->entry[i];

		if (e->action == ACTION_HOST && (e->host == HOST_PLUG || e->host == HOST_UNPLUG) &&
		    (!first || e->at_ns < first->at_ns))
			first = e;
	}
	return first && first->host == HOST_PLUG;
}

bool scenario_wall_time(const struct scenario *s, char *buf, size_t size)
{
	const struct machine_spec *m = &s->machine;

	if (m->disk != INT64_MIN || m->network) {
		snprintf(buf, size, "machine.%s", m->network ? "network" : "disk");
		return true;
	}
	for (size_t i = 0; i < s->entries; i++)
		if (entry_is_hosts(&s->entry[i])) {
			snprintf(buf, size, "the entry '%s', which the host does,", s->entry[i].id);
			return true;
		}
	return false;
}

static bool wants_module(const struct entry *e)
{
	const struct generator *g = e->load.generator;

	return e->action == ACTION_FAULT ||
	       (e->action == ACTION_LOAD && g && g->wants_module && g->wants_module(e->load.values));
}

int scenario_module_users(const struct scenario *s)
{
	int n = 0;

	for (size_t i = 0; i < s->entries; i++)
		n += wants_module(&s->entry[i]);
	return n;
}

bool scenario_wants_module(const struct scenario *s)
{
	return scenario_module_users(s) > 0;
}

bool entry_in_init(const struct entry *e)
{
	return e->action == ACTION_FAULT && e->load.generator && fault_in_init(&e->load);
}

bool scenario_faults_in_init(const struct scenario *s)
{
	for (size_t i = 0; i < s->entries; i++)
		if (entry_in_init(&s->entry[i]))
			return true;
	return false;
}

const struct entry *scenario_entry(const struct scenario *s, const char *id)
{
	for (size_t i = 0; i < s->entries; i++)
		if (s->entry[i].id && !strcmp(s->entry[i].id, id))
			return &s->entry[i];
	return NULL;
}

/* Checks that nothing is missing and that everything is consistent. */
static void check_whole(struct reader *r, const struct yaml *top)
{
	struct scenario *s = r->s;

	if (!s->about)
		read_wrong(r, top, "a scenario needs 'about:', one sentence that says what it shows");
	if (s->end_ns <= 0)
		read_wrong(r, top,
			   "a scenario needs an end: add 'end:' with the time at which it is over, such as end: 90s");
	read_check_whole(r, top);
	if (s->deadline_ns <= 0)
		s->deadline_ns = 120 * (int64_t)SYS_NS + s->end_ns * WALL_PER_GUEST_SECOND;
}

/* machine: must be read before the timeline, wherever it stands, because it determines what is allowed. */
static void read_top(struct reader *r, const struct yaml *top)
{
	for (size_t i = 0; i < top->count; i++)
		if (!strcmp(top->key[i]->text, "machine"))
			read_machine(r, top->key[i], top->item[i]);
	for (size_t i = 0; i < top->count; i++) {
		const struct word *w = read_find_word(scenario_words, top->key[i]->text);
		char names[256];

		if (w && w->read != read_machine)
			w->read(r, top->key[i], top->item[i]);
		read_word_names(scenario_words, names, sizeof(names));
		if (!w)
			read_wrong(r, top->key[i], "unknown key '%s' in a scenario; allowed: %s", top->key[i]->text,
				   names);
	}
	check_whole(r, top);
}

static char *name_of(const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	return sys_format("%.*s", (int)(strcspn(base, ".") ? strcspn(base, ".") : strlen(base)), base);
}

int scenario_parse(const char *path, const char *text, size_t n, scenario_expect_fn expect, struct scenario **out)
{
	struct yaml *top = NULL;
	int r = yaml_parse(path, text, n, &top);

	if (r)
		return r;
	struct scenario *s = calloc(1, sizeof(*s));
	struct reader reader = {.file = path, .s = s, .expect_fn = expect};

	if (!s) {
		yaml_release(top);
		return -ENOMEM;
	}
	s->path = read_copy(path);
	s->name = name_of(path);
	s->yaml = malloc(n + 1);
	if (s->yaml)
		memcpy(s->yaml, text, n);
	s->yaml_bytes = n;
	read_machine_defaults(s);
	if (top->kind != YAML_MAP)
		read_wrong(&reader, top, "a scenario is a map: about, machine, timeline, end, expect");
	else
		read_top(&reader, top);
	s->machine.clock_in_text = s->machine.clock;
	yaml_release(top);
	if (reader.errors) {
		scenario_free(s);
		return -EINVAL;
	}
	*out = s;
	return 0;
}

int scenario_load(const char *path, scenario_expect_fn expect, struct scenario **out)
{
	_cleanup_(sys_freep) char *text = NULL;
	size_t n;
	int r = sys_read_file(path, &text, &n);

	if (r)
		return say_err(r, "%s: the scenario cannot be read: %s", path, strerror(-r));
	return scenario_parse(path, text, n, expect, out);
}

static void free_entry(struct entry *e)
{
	free(e->id);
	load_spec_free(&e->load);
	read_free_texts(e->argv);
	read_free_texts(e->file);
	read_free_texts(e->package);
	read_free_texts(e->path);
	read_free_texts(e->value);
	free(e->stop);
	free(e->device);
}

void scenario_free(struct scenario *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->entries; i++)
		free_entry(&s->entry[i]);
	for (size_t i = 0; i < s->expects; i++) {
		struct expectation *e = &s->expect[i];

		free(e->subject);
		free(e->after);
		free(e->before);
		free(e->text);
		free(e->id);
		free(e->context);
	}
	read_machine_free(s);
	free(s->entry);
	free(s->expect);
	free(s->path);
	free(s->name);
	free(s->about);
	free(s->yaml);
	free(s);
}
