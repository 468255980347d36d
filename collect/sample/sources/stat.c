// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPU time by mode in USER_HZ ticks (user nice system idle iowait irq softirq steal guest guest_nice), then the
 * interrupt counts, context switches, boot time, forks, and the numbers of processes that run or wait for I/O:
 *
 *	cpu  107 0 1186 8234 0 0 12 0 0 0
 *	cpu0 107 0 1186 8234 0 0 12 0 0 0
 *	intr 21839 …
 *	ctxt 51234
 *	procs_running 9
 *	procs_blocked 0
 */
#include "collect/sample/sources/source.h"

extern const struct source source_stat;

const struct source source_stat = {.path = "/proc/stat", .bytes = 2048, .bytes_cpu = 128};
