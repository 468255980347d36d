/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When mpstat and sar read their files: the guest kernel's own trace of who has it write /proc/stat and /proc/loadavg.
 * What they print has no time finer than a second, and starting them takes as long as it takes.
 */
#ifndef FUKA_GUEST_TRACE_READS_H
#define FUKA_GUEST_TRACE_READS_H

#include <stddef.h>
#include <sys/types.h>

/* Has the kernel trace them from now on. 0, or -errno, said: nothing is traced. */
int trace_reads_start(void);

/* What was traced since the last call, as collect/parse/trace_reads.h parses it: bytes, 0 when there is no more. */
size_t trace_reads_take(char *text, size_t size);

#endif
