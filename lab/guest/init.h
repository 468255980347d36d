/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuka as the guest's PID 1. */
#ifndef FUKA_INIT_H
#define FUKA_INIT_H

#include <stdbool.h>

/* Where the initramfs has what PID 1 needs. */
#define GUEST_SCENARIO "/fuka/scenario.yaml"
#define GUEST_MODULES  "/fuka/modules" /* paths in load order, one a line */

/* On the kernel's command line: this machine may be lost. The kernel module wants it, too. */
#define GUEST_DISPOSABLE "fuka.disposable=1"

/*
 * Whether this process, PID 1, was started by the lab's initramfs: its scenario is there, / is an initramfs and the
 * kernel was told so. PID 1 of a container is not, whose host would be next.
 */
bool init_is_lab(void);

/* Runs the scenario and powers the machine off. */
_Noreturn void init_main(void);

#endif
