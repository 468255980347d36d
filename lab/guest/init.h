/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuka as PID 1 of the guest. */
#ifndef FUKA_INIT_H
#define FUKA_INIT_H

#include <stdbool.h>

/* Files for PID 1 in the initramfs. */
#define GUEST_SCENARIO "/fuka/scenario.yaml"
#define GUEST_MODULES  "/fuka/modules" /* paths in load order, one per line */

/* On the kernel's command line: this machine is disposable. The kernel module requires it, too. */
#define GUEST_DISPOSABLE "fuka.disposable=1"

/*
 * Whether this process, PID 1, was started by the lab's initramfs: its scenario exists, / is an initramfs and the
 * kernel's command line has GUEST_DISPOSABLE. PID 1 of a container must not qualify, or it would act on the container's
 * host.
 */
bool init_is_lab(void);

/* Runs the scenario and powers the machine off. */
_Noreturn void init_main(void);

#endif
