/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The times at which the kernel counts the active tasks for the load average: every 5 s and a tick, when jiffies since
 * boot is a multiple of 5 * HZ + 1. A task that must not be counted sleeps at that time; one that is counted is
 * declared before it. Only root can find it out (/proc/timer_list); without it no time is avoided.
 */
#ifndef FUKA_LOADCOUNT_H
#define FUKA_LOADCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct loadcount {
	bool known;
	int64_t at_ns; /* one of these times, CLOCK_MONOTONIC */
	uint64_t period_ns, tick_ns;
};

void loadcount_find(struct loadcount *c);

/* The time of the first count after now_ns, or UINT64_MAX if unknown. */
uint64_t loadcount_next(const struct loadcount *c, uint64_t now_ns);

/*
 * Returns when to start work that is due at `due` and lasts up to `length`: `due`, or, if a load-average update falls
 * into that span, just after the update.
 */
uint64_t loadcount_off(const struct loadcount *c, uint64_t due, uint64_t length);

#endif
