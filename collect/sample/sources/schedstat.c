// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scheduler's statistics (CONFIG_SCHEDSTATS): the last three numbers of a cpu line are ns run, ns waited, and
 * timeslices. They are long on machines with many CPUs, so they are recorded only on request.
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
