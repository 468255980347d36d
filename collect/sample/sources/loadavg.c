// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three load averages with two decimals, runnable/total scheduling entities, the last pid:
 *
 *	7.99 5.23 2.31 9/83 214
 *
 * The exact averages come from the sysinfo source; this one is what other tools show.
 */
#include "collect/sample/sources/source.h"

extern const struct source source_loadavg;

const struct source source_loadavg = {.path = "/proc/loadavg", .bytes = 64, .bytes_cpu = 0};
