// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pressure stall information: the share of time in which some (or all, "full") tasks waited for the CPU, and the total
 * in µs:
 *
 *	some avg10=0.00 avg60=0.00 avg300=0.00 total=1834
 *	full avg10=0.00 avg60=0.00 avg300=0.00 total=0
 */
#include "collect/sample/sources/source.h"

extern const struct source source_pressure_cpu;

const struct source source_pressure_cpu = {.path = "/proc/pressure/cpu", .bytes = 192, .bytes_cpu = 0};
