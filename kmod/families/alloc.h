/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FAULT and ARG as in memory.h; alloc.c has the actions. They act on the allocation that triggers them. */
/* clang-format off */
FAULT(fail_alloc, "fail-alloc", FUKA_IN(CALLER) | FUKA_IN(SOFTIRQ) | FUKA_ON_ITS_ALLOC,
      "the allocation fails, as if there were no memory", NO_ARGS)
