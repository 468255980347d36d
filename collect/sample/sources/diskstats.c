// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One line per block device: major, minor, name, then reads, merges, sectors, ms, the same for writes, in flight, …:
 *
 *	   8       0 sda 1402 311 101890 640 97 51 1240 55 0 580 697 0 0 0 0 2 1
 */
#include "collect/sample/sources/source.h"

extern const struct source source_diskstats;

const struct source source_diskstats = {.path = "/proc/diskstats", .by_line = true, .bytes = 1024, .bytes_cpu = 0};
