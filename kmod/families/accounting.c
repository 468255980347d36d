// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPU time that is used where it is hard to see. The kernel's accounting is tick-based (Debian's kernels lack
 * IRQ_TIME_ACCOUNTING), so time that is used with interrupts off is in no counter at all.
 */
#include "kmod/core/core.h"

static void act_burn(struct fuka_shot *shot)
{
	fuka_spin(shot, shot->arg[0]);
}

#define FUKA_TABLE  "accounting.h"
#define FUKA_FAULTS fuka_accounting_faults
#define FUKA_END    NULL
#include "kmod/families/family.h"
