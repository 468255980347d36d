/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When mpstat and sar read their files: the guest kernel's own trace of who has it write /proc/stat and /proc/loadavg.
 * What they print has no time finer than a second, and starting them takes as long as it takes.
 */
#ifndef FUKA_LAB_READINGS_H
#define FUKA_LAB_READINGS_H

#include <stddef.h>
#include <sys/types.h>

/* Has the kernel trace them from now on. 0, or -errno, said: nothing is traced. */
int readings_start(void);

/* What was traced since the last call, as collect/parse/readings.h parses it: bytes, 0 when there is no more. */
size_t readings_take(char *text, size_t size);

#endif
