/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations as a scenario has them: the host's half of the language, which PID 1 does not read. */
#ifndef FUKA_SCENARIO_EXPECT_H
#define FUKA_SCENARIO_EXPECT_H

#include "lab/scenario_read.h"

/* A scenario_expect_fn. */
void expect_read(struct reader *r, const struct yaml *list, bool never);

#endif
