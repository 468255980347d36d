/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The families of faults, one row each. A family's faults are the rows of kmod/families/NAME.h; kmod/families/NAME.c
 * has the actions. No include guard.
 */
FAMILY(memory)
FAMILY(alloc)
FAMILY(crash)
FAMILY(lockup)
FAMILY(accounting)
FAMILY(net)
