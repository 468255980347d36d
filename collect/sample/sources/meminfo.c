// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory usage, in KiB:
 *
 *	MemTotal:         214344 kB
 *	MemFree:          170212 kB
 *	MemAvailable:     164420 kB
 */
#include "collect/sample/sources/source.h"

extern const struct source source_meminfo;

const struct source source_meminfo = {.path = "/proc/meminfo", .bytes = 2048, .bytes_cpu = 0};
