/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guards of a load: see guard.c. */
#ifndef FUKA_GUARD_H
#define FUKA_GUARD_H

#include "loadgen/harness/leader.h"

/* What the outer guard's process does, the child of `starter`: it ends with the leader's exit status. */
void guard_main(const struct load_spec *s, struct load *l, pid_t starter);

#endif
