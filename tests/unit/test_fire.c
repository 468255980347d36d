// SPDX-License-Identifier: GPL-2.0-or-later
/* Which hits an armed fault acts upon: kmod/core/fire.c as it is, over dice of the test's own. */
#include "tests/unit/kernel/kernel.h"
#include "tests/unit/tap.h"

#include <string.h>

#define FUKA_KMOD_CORE_H

static u32 dice;

static u32 get_random_u32(void)
{
	return dice++;
}

bool fuka_fires(struct fuka_slot *s, unsigned int units);

#include "kmod/core/fire.c"

/* Twelve hits of so many units each: 'x' for each that fires. */
static void twelve(const struct fuka_arm *arm, unsigned units, char said[13])
{
	struct fuka_slot s = {.arm = *arm, .times_left = {arm->times}, .space_left = {arm->space}};

	memset(said, '.', 12);
	said[12] = '\0';
	for (int i = 0; i < 12; i++)
		if (fuka_fires(&s, units))
			said[i] = 'x';
}

static void patterns(void)
{
	static const struct {
		const char *what;
		struct fuka_arm arm;
		unsigned units;
		const char *fires;
	} all[] = {
		{"without a word of it", {.interval = 1, .probability = 100}, 1, "xxxxxxxxxxxx"},
		{"interval: 3", {.interval = 3, .probability = 100}, 1, "..x..x..x..x"},
		{"times: 2", {.interval = 1, .probability = 100, .times = 2}, 1, "xx.........."},
		{"interval: 3, times: 2", {.interval = 3, .probability = 100, .times = 2}, 1, "..x..x......"},
		{"nth: 5", {.interval = 1, .probability = 100, .nth = 5}, 1, "....x......."},
		{"nth: 5, times: 1", {.interval = 1, .probability = 100, .nth = 5, .times = 1}, 1, "....x......."},
		{"space: 320, hits of 40", {.interval = 1, .probability = 100, .space = 320}, 40, ".......xxxxx"},
		{"space: 300, hits of 40", {.interval = 1, .probability = 100, .space = 300}, 40, ".......xxxxx"},
		{"space: 3, times: 2", {.interval = 1, .probability = 100, .space = 3, .times = 2}, 1, "..xx........"},
	};
	char said[13];

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		twelve(&all[i].arm, all[i].units, said);
		ok(!strcmp(said, all[i].fires), "%s: %s (%s)", all[i].what, all[i].fires, said);
	}
}

/* Of a hundred hits whose dice show 0 to 99. */
static void probability(void)
{
	static const unsigned percents[] = {1, 50, 99, 100};

	for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
		struct fuka_slot s = {.arm = {.interval = 1, .probability = percents[i]}};
		unsigned fired = 0;

		dice = 0;
		for (int hit = 0; hit < 100; hit++)
			fired += fuka_fires(&s, 1);
		ok(fired == percents[i], "a probability of %u percent: %u of a hundred", percents[i], fired);
	}
}

/* Once it has fired as often as it may, its hits take nothing off the space: nothing happens any more. */
static void over(void)
{
	struct fuka_slot s = {.arm = {.interval = 1, .probability = 100, .times = 1}, .space_left = {10}};

	ok(!fuka_fires(&s, 4) && s.space_left.n == 10,
	   "the times that are left are looked at before the space: %lld left", (long long)s.space_left.n);
	s = (struct fuka_slot){.arm = {.interval = 1, .probability = 100}, .stopping = true};
	ok(!fuka_fires(&s, 1) && s.hits.n == 1, "one that is stopped counts its hits, and fires at none");
}

int main(void)
{
	patterns();
	probability();
	over();
	return tap_end();
}
