/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FAULT and ARG as in memory.h; accounting.c has the actions. */
/* clang-format off */
FAULT(burn, "burn", FUKA_ANYWHERE | FUKA_COUNTS_R, "uses CPU time in its context, then returns: softirq, interrupt or "
"system time",
      ARG("time", TIME, "2ms", 1000, 10000000000, NULL, "CPU time of each action"))
