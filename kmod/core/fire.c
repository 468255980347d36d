// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of its trigger's hits an armed fault acts upon: the conditions of lib/fault-inject.c, in its order. `units` is what a
 * hit takes off `space`: a packet's length, else 1. May run on several CPUs at once, in any context.
 */
#include "kmod/core/core.h"

#include <linux/random.h>

bool fuka_fires(struct fuka_slot *s, unsigned int units)
{
	const struct fuka_arm *a = &s->arm;
	u64 hit = atomic64_inc_return(&s->hits);

	if (READ_ONCE(s->stopping) || (a->nth && hit != a->nth))
		return false;
	if (a->times && atomic64_read(&s->times_left) <= 0)
		return false;
	if (atomic64_read(&s->space_left) > units) {
		atomic64_sub(units, &s->space_left);
		return false;
	}
	if (hit % a->interval)
		return false;
	if (a->probability < 100 && get_random_u32() % 100 >= a->probability)
		return false;
	return !a->times || atomic64_dec_if_positive(&s->times_left) >= 0;
}
