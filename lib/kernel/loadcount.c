// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/kernel/loadcount.h"
#include "lib/base/sys.h"

#define AFTER_TICKS 3 /* by then all CPUs have been counted */

void loadcount_find(struct loadcount *c)
{
	uint64_t due_ns, jiffies, tick = sys_tick_ns();

	*c = (struct loadcount){.period_ns = 5 * SYS_NS + tick, .tick_ns = tick};
	c->known = !sys_next_tick(&due_ns, &jiffies);
	if (c->known)
		c->at_ns = (int64_t)(due_ns - (jiffies + 1) * tick);
}

/* The time from the last count to `ns`. */
static uint64_t phase(const struct loadcount *c, uint64_t ns)
{
	int64_t period = (int64_t)c->period_ns, since = ((int64_t)ns - c->at_ns) % period;

	return since < 0 ? since + period : since;
}

uint64_t loadcount_next(const struct loadcount *c, uint64_t now_ns)
{
	return c->known ? now_ns + c->period_ns - phase(c, now_ns) : UINT64_MAX;
}

uint64_t loadcount_off(const struct loadcount *c, uint64_t due, uint64_t length)
{
	uint64_t window = length + AFTER_TICKS * c->tick_ns, late;

	if (!c->known || window >= c->period_ns)
		return due;
	late = phase(c, due + length);
	return late < window ? due + (window - late) / c->tick_ns * c->tick_ns : due;
}
