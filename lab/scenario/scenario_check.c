// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks of the whole scenario: ids that are used exist and are of the right kind, times are consistent, and no
 * expectation is impossible. Otherwise such errors would be found only at the end of a run.
 */
#include "lab/scenario/scenario_read.h"
#include "lib/text/param.h"

#include <ctype.h>
#include <string.h>

#define STATUS_MOST 255 /* largest exit status */

static struct yaml line_of(const struct yaml *top, int line)
{
	struct yaml at = *top;

	at.line = line;
	return at;
}

/* Checks an id. `after:` takes ids, times and "panic", so ids must differ from those. */
static void check_id(struct reader *r, const struct yaml *at, const struct entry *e)
{
	int64_t ns;

	if (!e->id)
		return;
	if (scenario_entry(r->s, e->id) != e)
		read_wrong(r, at, "timeline: duplicate id '%s'", e->id);
	if (!strcmp(e->id, "panic") || !param_parse_time(e->id, &ns))
		read_wrong(r, at,
			   "timeline: the id '%s' must not be a time or 'panic', which have a meaning in after: and "
			   "before:",
			   e->id);
	if (!isalnum((unsigned char)*e->id))
		read_wrong(r, at, "timeline: the id '%s' must begin with a letter or a digit", e->id);
}

static bool can_stop(const struct entry *e)
{
	return entry_is_load(e) || e->action == ACTION_RUN || e->device;
}

static void check_stop(struct reader *r, const struct yaml *at, const struct entry *e)
{
	const struct entry *what = e->stop ? scenario_entry(r->s, e->stop) : NULL;

	if (e->stop && !what)
		read_wrong(r, at, "stop: there is no entry with the id '%s'", e->stop);
	else if (what && !can_stop(what))
		read_wrong(r, at, "stop: '%s' ends at once: there is nothing to stop", e->stop);
}

static void check_entry(struct reader *r, const struct yaml *at, const struct entry *e)
{
	check_id(r, at, e);
	check_stop(r, at, e);
	if (e->for_ns == 0)
		read_wrong(r, at, "for: the entry '%s' has a duration of 0", e->id);
	if (r->s->end_ns > 0 && e->at_ns > r->s->end_ns)
		read_wrong(r, at, "timeline: the entry '%s' acts after the scenario's end", e->id);
	if (e->path && !*e->path)
		read_wrong(r, at, "write: the map is empty; expected one such as {/proc/sysrq-trigger: f}");
}

/* There is only one module, and in context init its loading is the fault. */
static void check_init(struct reader *r, const struct yaml *top)
{
	struct scenario *s = r->s;

	if (!scenario_faults_in_init(s) || scenario_module_users(s) < 2)
		return;
	for (size_t i = 0; i < s->entries; i++) {
		struct yaml at = line_of(top, s->entry[i].line);

		if (entry_in_init(&s->entry[i]))
			read_wrong(r, &at,
				   "context init: the fault loads the module, so no other entry may need the module");
	}
}

static void check_words(struct reader *r, const struct yaml *at, const struct expectation *e)
{
	const char *ids[] = {e->after, e->before, e->id, e->of_entry ? e->subject : NULL};
	int64_t ns, after, before;

	for (size_t k = 0; k < sizeof(ids) / sizeof(*ids); k++)
		if (ids[k] && strcmp(ids[k], "panic") && param_parse_time(ids[k], &ns) && !scenario_entry(r->s, ids[k]))
			read_wrong(r, at, "'%s' is neither a time, nor 'panic', nor an id of the timeline", ids[k]);
	if (e->after && e->before && !param_parse_time(e->after, &after) && !param_parse_time(e->before, &before) &&
	    after > before)
		read_wrong(r, at, "after: %s must not be later than before: %s", e->after, e->before);
}

static bool runs_something(const struct scenario *s)
{
	for (size_t i = 0; i < s->entries; i++)
		if (s->entry[i].action == ACTION_RUN)
			return true;
	return false;
}

/* Checks that the timeline has what the expectation is about. A program may do anything, with the module too. */
static void check_subject(struct reader *r, const struct yaml *at, const struct expectation *e)
{
	const char *id = e->of_entry ? e->subject : e->id;
	const struct entry *of = id ? scenario_entry(r->s, id) : NULL;
	bool runs = runs_something(r->s);

	if (e->of_program && (of ? of->action != ACTION_RUN : !runs && !id))
		read_wrong(r, at, "%s has no output: only programs started by run: have", id ? id : "this timeline");
	if (e->of_module && !runs && !scenario_wants_module(r->s))
		read_wrong(r, at, "fired: no entry of the timeline needs the kernel module");
}

static void check_expectation(struct reader *r, const struct yaml *at, const struct expectation *e)
{
	int64_t end_ns = r->s->end_ns;

	check_words(r, at, e);
	check_subject(r, at, e);
	if (end_ns > 0 && (e->at_ns > end_ns || e->from_ns > end_ns))
		read_wrong(r, at, "it refers to samples after the scenario's end");
	if (e->status > STATUS_MOST)
		read_wrong(r, at, "status: %lld; a process exits with 0 to %d", (long long)e->status, STATUS_MOST);
}

void read_check_whole(struct reader *r, const struct yaml *top)
{
	struct scenario *s = r->s;

	for (size_t i = 0; i < s->entries; i++) {
		struct yaml at = line_of(top, s->entry[i].line);

		check_entry(r, &at, &s->entry[i]);
	}
	check_init(r, top);
	for (size_t i = 0; i < s->expects; i++) {
		struct yaml at = line_of(top, s->expect[i].line);

		check_expectation(r, &at, &s->expect[i]);
	}
	if (scenario_disk_is_out(s) && s->machine.swap && !strcmp(s->machine.swap, "disk"))
		read_wrong(r, top, "machine.swap: there is no disk to swap to until the host plugs it in");
}
