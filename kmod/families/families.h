/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The families of faults: one row each, its faults are the rows of kmod/families/NAME.h, done by kmod/families/NAME.c. No
 * include guard.
 */
FAMILY(memory)
FAMILY(alloc)
FAMILY(crash)
FAMILY(lockup)
FAMILY(accounting)
FAMILY(net)
