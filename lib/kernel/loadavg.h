/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The load average's fixed-point arithmetic, bit for bit (kernel/sched/loadavg.c): FSHIFT 11, an update every
 * 5 * HZ + 1 ticks, with n active tasks
 *
 *	a = n << 11;  new = old * e + a * (2048 - e);  if (a >= old) new += 2047;  avenrun = new >> 11
 *
 * The kernel's own rounding is part of the formula.
 */
#ifndef FUKA_LOADAVG_H
#define FUKA_LOADAVG_H

#include <stdint.h>

#define LOADAVG_ONE 2048ul /* FIXED_1: an average of 1.00 */

/* exp(-5 s / 1, 5 and 15 min) in this fixed-point format: EXP_1, EXP_5, EXP_15. */
extern const unsigned long loadavg_exp[3];

/* One update of one average; `e` is one of loadavg_exp. */
unsigned long loadavg_step(unsigned long avenrun, unsigned long e, unsigned long n);

/*
 * `steps` updates at once, as calc_load_n() does for those missed while a CPU was idle; it rounds differently from
 * single updates.
 */
unsigned long loadavg_step_bulk(unsigned long avenrun, unsigned long e, unsigned long n, unsigned long steps);

/* Nanoseconds from one update to the next. */
int64_t loadavg_period_ns(unsigned hz);

#endif
