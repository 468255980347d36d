// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The swap areas, in KiB; recorded on request, because vmstat has the pages swapped in and out.
 *
 *	Filename                                Type            Size            Used            Priority
 *	/dev/zram0                              partition       262140          1204            100
 */
#include "collect/sample/sources/source.h"

extern const struct source source_swaps;

const struct source source_swaps = {.path = "/proc/swaps", .by_line = true, .on_request = true, .bytes = 512};
