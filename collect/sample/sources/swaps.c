// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where swapped pages go, in KiB. What is swapped in and out is in vmstat; this is recorded when asked for.
 *
 *	Filename                                Type            Size            Used            Priority
 *	/dev/zram0                              partition       262140          1204            100
 */
#include "collect/sample/sources/source.h"

extern const struct source source_swaps;

const struct source source_swaps = {.path = "/proc/swaps", .by_line = true, .on_request = true, .bytes = 512};
