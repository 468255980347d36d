// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory manager's counters, one "name value" a line. The kernel allocates to answer: it is read last.
 *
 *	nr_free_pages 42553
 *	pgfault 81234
 *	oom_kill 2
 */
#include "collect/sample/sources/source.h"

extern const struct source source_vmstat;

const struct source source_vmstat = {.path = "/proc/vmstat", .by_line = true, .bytes = 4608, .bytes_cpu = 0};
