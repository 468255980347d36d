/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a scenario's initramfs of fuka, modules, the scenario and the programs it names. */
#ifndef FUKA_PACK_H
#define FUKA_PACK_H

#include "lab/pack/kernel.h"
#include "lab/scenario/scenario.h"

#define PACK_LIST "packed.txt" /* in the run's directory, MODE SIZE NAME of each packed file */

/*
 * Checks that everything that the scenario names exists, packs it into DIR/initramfs.cpio and lists it in
 * DIR/PACK_LIST. Only checks if dir is NULL. Returns 0, or -errno with a message that names the missing program,
 * library, module or file.
 */
int pack_scenario(const struct scenario *s, const struct kernel *k, const char *dir);

#endif
