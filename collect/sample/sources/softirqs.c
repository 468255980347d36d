// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers of softirqs, one row per kind, one column per CPU:
 *
 *	                    CPU0
 *	          HI:          1
 *	       TIMER:       4180
 *	      NET_RX:          0
 */
#include "collect/sample/sources/source.h"

extern const struct source source_softirqs;

const struct source source_softirqs = {.path = "/proc/softirqs", .bytes = 384, .bytes_cpu = 128};
