/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of a scenario's programs. */
#ifndef FUKA_PROGRAM_OUTPUT_H
#define FUKA_PROGRAM_OUTPUT_H

#include "lib/record/recording.h"

/*
 * The output of the program with this id, or of all programs if it is NULL, as one text to be freed. NULL: no memory.
 * *left_out: number of bytes beyond the limit of 32 MiB.
 */
char *program_output_of(struct recording *r, const char *id, size_t *left_out);

#endif
