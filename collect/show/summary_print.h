/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording's summary for people and for programs. */
#ifndef FUKA_SUMMARY_PRINT_H
#define FUKA_SUMMARY_PRINT_H

#include "collect/analyse/summary.h"

#include <stdio.h>

/* Text for n = 1 or 2 recordings, two as columns. */
void summary_print(FILE *out, const struct summary *s, int n);

/* One JSON object, or for two an array, and a newline. -ENOMEM. */
int summary_json(FILE *out, const struct summary *s, int n);

#endif
