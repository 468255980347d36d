/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A view prints one aspect of one recording, or of two side by side, from the recording alone. */
#ifndef FUKA_VIEW_H
#define FUKA_VIEW_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdio.h>

struct view_options {
	bool cpus;        /* cpu: also one table per CPU */
	long n;           /* load: tasks for the prediction; -1: as in the last update */
	double threshold; /* load: print when each average reaches it; NaN: do not */
	bool all;         /* one row per sample; else at most about twenty at round times */
};

/* Prints n recordings, 1 or 2. Returns 0, or -ENODATA if there is nothing to show. */
typedef int view_print(FILE *out, struct recording *const *r, int n, const struct view_options *o);

#define VIEW(name, what) view_print view_##name;
#include "collect/show/views/list.h"
#undef VIEW

#endif
