/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the kernel counts the active tasks for the load average: every 5 s and a tick, when jiffies since boot is a
 * multiple of 5 * HZ + 1. Whoever must not be counted keeps out of that instant; whoever is counted declares before it.
 * Only root may know it (/proc/timer_list); for others nothing ever is in the way.
 */
#ifndef FUKA_LOADCOUNT_H
#define FUKA_LOADCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct loadcount {
	bool known;
	int64_t at_ns; /* one of the instants, CLOCK_MONOTONIC */
	uint64_t period_ns, tick_ns;
};

void loadcount_find(struct loadcount *c);

/* The first instant after now_ns, or UINT64_MAX where it is not known. */
uint64_t loadcount_next(const struct loadcount *c, uint64_t now_ns);

/*
 * When to begin what is due at `due` and takes up to `length`: then, or, if the kernel would count meanwhile, after it.
 */
uint64_t loadcount_off(const struct loadcount *c, uint64_t due, uint64_t length);

#endif
