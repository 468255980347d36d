/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces when mpstat and sar read /proc/stat and /proc/loadavg, with the guest kernel's tracing. What they print has
 * times in whole seconds only, and their startup takes an unknown time.
 */
#ifndef FUKA_GUEST_TRACE_READS_H
#define FUKA_GUEST_TRACE_READS_H

#include <stddef.h>
#include <sys/types.h>

/* Starts tracing. 0, or -errno with a message, and nothing is traced. */
int trace_reads_start(void);

/*
 * Reads what was traced since the last call, for collect/parse/trace_reads.h. Returns the number of bytes, 0 if there is
 * no more.
 */
size_t trace_reads_take(char *text, size_t size);

#endif
