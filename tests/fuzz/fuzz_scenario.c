// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a scenario. It is refused with messages that have a place in it and with nothing handed out, or it is
 * taken without a word, and then what a run relies on holds: all that --check does without opening a file.
 */
#include "lab/expect/expect.h"
#include "lab/lane_sizes.h"
#include "lab/netcard.h"
#include "tests/fuzz/said.h"

#include <stdint.h>

#define NAME "any.yaml"

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
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	unsigned char frame[NETCARD_FRAME_MAX];

	must(e->id && scenario_entry(s, e->id) == e, "ids are unique");
	must(strlen(e->id) < 64 && !e->id[strspn(e->id, letters)] && !strchr("_.-", *e->id), "ids are words");
	must(e->at_ns >= 0 && e->at_ns <= s->end_ns, "an entry acts before the end");
	must(entry_is_load(e) == (e->load.generator && !e->outside), "a load has a generator");
	must(e->action != ACTION_RUN || (e->argv && e->argv[0]), "a program has a name");
	must(e->action != ACTION_STOP || (e->stop && scenario_entry(s, e->stop)), "what is stopped is there");
	must(e->action != ACTION_WRITE || (e->path && e->value), "what is written has a path");
	must(e->for_ns != 0 && e->at_ns + e->for_ns >= e->for_ns, "it lasts, and its end is a time");
	must(!e->outside || netcard_frame(e->load.values, frame) > 0, "what is sent from outside is a frame");
	must(!entry_is_hosts(e) || s->machine.clock == CLOCK_IS_REAL, "the host acts in wall time");
}

static void check(const struct scenario *s, const char *text, size_t n)
{
	struct lanes_layout layout;
	char line[512];

	must(s->about && *s->about && s->end_ns > 0 && s->deadline_ns > 0, "about and end");
	must(s->yaml_bytes == n && !memcmp(s->yaml, text, n), "the text is kept");
	must(s->machine.memory >= 64 << 20 && s->machine.cpus >= 1 && s->record.interval >= 1000000, "the machine");
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
	lane_sizes_of(s, &layout);
	must(lanes_bytes(&layout) >= layout.size[LANE_FAST] && lane_sizes_max(s) >= layout.size[LANE_TASKS] / 2,
	     "the lanes have a size");
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
