/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes into a scenario's initramfs: fuka itself, modules, the scenario, the programs it names. */
#ifndef FUKA_PACK_H
#define FUKA_PACK_H

#include "lab/pack/kernel.h"
#include "lab/scenario/scenario.h"

#define PACK_LIST "packed.txt" /* in the run's directory: MODE SIZE NAME of all that is packed */

/*
 * Checks that everything the scenario names is there and packs it into DIR/initramfs.cpio, its list into
 * DIR/PACK_LIST. With dir NULL it only checks. Says its own errors: the program, library, module or file that is
 * missing.
 */
int pack_scenario(const struct scenario *s, const struct kernel *k, const char *dir);

#endif
