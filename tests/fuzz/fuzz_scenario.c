// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a scenario. It is refused with messages that have a place in it and with nothing handed out, or it is
 * taken without a word, and then what a run relies on holds: all of --check that needs no file of the host.
 */
#include "lab/expect/expect.h"
#include "lab/scenario/lane_sizes.h"
#include "tests/fuzz/said.h"

#include <stdint.h>

#define NAME "any.yaml"

#define YEAR    (8760ll * 3600 * 1000000000)
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "taken, but not so: %s\n", what);
	abort();
}

static void check_entry(const struct scenario *s, const struct entry *e)
{
	must(e->id && scenario_entry(s, e->id) == e, "ids are unique");
	must(strlen(e->id) <= 63 && !e->id[strspn(e->id, LETTERS)], "an id is a word of an event");
	must(e->for_ns == NOT_GIVEN || (e->for_ns >= 0 && e->for_ns <= YEAR), "an entry lasts a year at most");
	must(e->at_ns >= 0 && e->at_ns <= s->end_ns, "an entry acts before the end");
	must(entry_is_load(e) == (e->load.generator && !e->outside), "a load has a generator");
	must(e->action != ACTION_RUN || (e->argv && e->argv[0]), "a program has a name");
	must(e->action != ACTION_STOP || (e->stop && scenario_entry(s, e->stop)), "what is stopped is there");
	must(e->action != ACTION_WRITE || (e->path && e->value), "what is written has a path");
	must(!entry_is_hosts(e) || s->machine.clock == CLOCK_IS_REAL, "the host acts in wall time");
}

/* The region that host and guest lay out by the scenario's words. */
static void check_lanes(const struct scenario *s)
{
	struct lanes_layout layout;
	uint64_t least = 0;

	lane_sizes_of(s, &layout);
	for (size_t i = 0; i < sizeof(layout.size) / sizeof(*layout.size); i++) {
		must(layout.size[i] < 1ull << 56, "the size of a lane is no wrapped number");
		least += layout.size[i];
	}
	must(layout.ring || lane_sizes_max(s) >= least / 2, "what may be recorded is what is sized");
}

static void check(const struct scenario *s, const char *text, size_t n)
{
	char line[512];

	must(s->about && *s->about && s->end_ns > 0 && s->deadline_ns > 0, "about and end");
	must(s->yaml_bytes == n && !memcmp(s->yaml, text, n), "the text is kept");
	must(s->machine.memory >= 64 << 20 && s->machine.cpus >= 1 && s->record.interval >= 1000000, "the machine");
	must(s->end_ns <= YEAR && s->deadline_ns <= 3 * YEAR, "times can be counted with");
	must(s->machine.disk == INT64_MIN || s->machine.disk >= 1 << 20, "a disk has a size");
	must(s->machine.cpus == 1 || s->machine.clock == CLOCK_IS_REAL, "the virtual clock has one CPU");
	for (size_t i = 0; i < s->entries; i++)
		check_entry(s, &s->entry[i]);
	for (size_t i = 0; i < s->expects; i++) {
		const struct expectation *e = &s->expect[i];

		must(e->subject && *e->subject, "something is expected");
		must(!(e->min > e->max), "the least is not more than the greatest");
		expect_text(e, line, sizeof(line));
		must(*line, "an expectation can be said");
	}
	check_lanes(s);
	scenario_wall_time(s, line, sizeof(line));
	scenario_wants_module(s);
	scenario_faults_in_init(s);
	must(scenario_zram(s) >= 0, "zram has a size");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct scenario *s = NULL;
	char *text = malloc(n + 1); /* its own allocation, so that reading beyond it shows */

	if (!text)
		return 0;
	said_begin();
	memcpy(text, bytes, n);
	int err = scenario_parse(NAME, text, n, expect_read, &s);
	int said = said_check(NAME, text, n);

	must(err ? said > 0 && !s : !said && s,
	     "an error is said and gives nothing; what is taken is taken in silence");
	if (s)
		check(s, text, n);
	scenario_free(s);
	free(text);
	return 0;
}
