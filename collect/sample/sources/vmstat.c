// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The counters of memory management, one "name value" per line. It is read last, because reading it makes the kernel
 * allocate.
 *
 *	nr_free_pages 42553
 *	pgfault 81234
 *	oom_kill 2
 */
#include "collect/sample/sources/source.h"

extern const struct source source_vmstat;

const struct source source_vmstat = {.path = "/proc/vmstat", .by_line = true, .bytes = 4608, .bytes_cpu = 0};
