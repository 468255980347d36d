/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuka as the guest's PID 1. */
#ifndef FUKA_GUEST_H
#define FUKA_GUEST_H

#include <stdbool.h>

/* Where the initramfs has what PID 1 needs. */
#define GUEST_SCENARIO "/fuka/scenario.yaml"
#define GUEST_MODULES  "/fuka/modules" /* paths in load order, one a line */

/* Whether this process was started by the lab's initramfs. */
bool guest_is_lab(void);

/* Runs the scenario and powers the machine off. */
_Noreturn void guest_main(void);

#endif
