/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program to its end or to a deadline, and captures its output. */
#ifndef FUKA_SPAWN_H
#define FUKA_SPAWN_H

#include <stdint.h>

/*
 * Runs argv, looked up in PATH, with stdin at /dev/null; *text gets its stdout and stderr, to be freed, and *status
 * waitpid's status. -ENOENT: there is no such program. -ETIMEDOUT: it did not end within deadline_ns and was killed;
 * *text then has the output until then. Otherwise 0 or -errno with *text unchanged.
 */
int spawn_output(char *const argv[], uint64_t deadline_ns, char **text, int *status);

#endif
