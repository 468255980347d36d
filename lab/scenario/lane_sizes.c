// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/scenario/lane_sizes.h"
#include "collect/sample/sampler.h"

#define MIB             (1ull << 20)
#define TASKS_BYTES     4096 /* a walk on a quiet machine; a line has about 60 bytes */
#define KMSG_LINEAR     (16 * MIB)
#define TIMELINE_LINEAR (4 * MIB)
#define KMOD_BYTES      (1 * MIB) /* the module records all of the first firings, then only each power of two */
#define GROUP_BYTES     1536      /* the files of one generator's control group */
#define RING_BYTES      (8 * MIB)

/* The number of tasks that loads hold in R or D at once; each is a line of the task walk. */
static uint64_t held_tasks(const struct scenario *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->entries; i++) {
		const struct load_spec *l = &s->entry[i].load;

		if (l->generator && l->generator->tasks)
			n += l->generator->tasks(l->values);
	}
	return n;
}

/* More than any machine has, but small enough that several can be added without overflow. */
#define TOO_MUCH (1ull << 60)

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t n;

	return __builtin_mul_overflow(a, b, &n) || n > TOO_MUCH ? TOO_MUCH : n;
}

/* Bytes that the fast sampler writes until the end. */
static uint64_t fast_bytes(const struct scenario *s)
{
	uint64_t rounds = s->end_ns / s->record.interval + 2;

	return times(rounds, sampler_round_bytes(s->machine.cpus, s->record.sources));
}

static uint64_t tasks_bytes(const struct scenario *s)
{
	uint64_t walks = s->end_ns / s->record.tasks + 2;

	return times(walks, frame_length(TASKS_BYTES + held_tasks(s) * 64) + frame_length(s->entries * GROUP_BYTES));
}

void lane_sizes_of(const struct scenario *s, struct lanes_layout *out)
{
	bool ring = s->machine.clock_in_text == CLOCK_IS_REAL; /* as PID 1 reads it, because both must agree */

	*out = (struct lanes_layout){.ring = ring};
	out->size[LANE_FAST] = ring ? RING_BYTES : fast_bytes(s);
	out->size[LANE_TASKS] = ring ? RING_BYTES : tasks_bytes(s);
	out->size[LANE_KMSG] = ring ? RING_BYTES : KMSG_LINEAR;
	out->size[LANE_TIMELINE] = ring ? RING_BYTES : TIMELINE_LINEAR;
	out->size[LANE_KMOD] = scenario_wants_module(s) ? KMOD_BYTES : 0;
}

uint64_t lane_sizes_max(const struct scenario *s)
{
	return 2 * (fast_bytes(s) + tasks_bytes(s)) + LANE_SIZES_OUTPUT;
}
