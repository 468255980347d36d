/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that is asked something: run to its end or to a deadline, with what it printed. */
#ifndef FUKA_SPAWN_H
#define FUKA_SPAWN_H

#include <stdint.h>

/*
 * Runs argv, looked up in PATH, with nothing to read; *text gets what it printed on both outputs, to be freed, and
 * *status waitpid's status. -ENOENT: there is no such program. -ETIMEDOUT: it did not end within deadline_ns and was
 * killed; *text then has what it printed up to there. Otherwise 0 or -errno, *text untouched.
 */
int spawn_output(char *const argv[], uint64_t deadline_ns, char **text, int *status);

#endif
