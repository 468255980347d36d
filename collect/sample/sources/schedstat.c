// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scheduler's statistics, where the kernel has them (CONFIG_SCHEDSTATS): the last three numbers of a cpu line are
 * ns run, ns waited, and timeslices. Long on a machine with many CPUs: recorded when asked for.
 *
 *	version 15
 *	timestamp 4294937315
 *	cpu0 0 0 0 0 0 0 52149023 3113459 1203
 *	domain0 3 0 0 …
 */
#include "collect/sample/sources/source.h"

extern const struct source source_schedstat;

const struct source source_schedstat = {
	.path = "/proc/schedstat", .by_line = true, .on_request = true, .bytes = 512, .bytes_cpu = 2048};
