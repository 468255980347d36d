/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of a scenario printed. */
#ifndef FUKA_PROGRAM_OUTPUT_H
#define FUKA_PROGRAM_OUTPUT_H

#include "lib/record/recording.h"

/*
 * Everything that the program with this id printed, or with NULL all of them, put together; to be freed. NULL: no memory.
 * *left_out: bytes beyond the 32 MiB that are kept.
 */
char *program_output_of(struct recording *r, const char *id, size_t *left_out);

#endif
