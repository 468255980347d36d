/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A view prints one aspect of one recording, or of two side by side, from the recording alone. */
#ifndef FUKA_VIEW_H
#define FUKA_VIEW_H

#include "lib/recording.h"

#include <stdio.h>

struct view {
	const char *name;
	const char *about; /* one line, with the source of every figure */
	/* Prints to out; n is 1 or 2 recordings. Returns 0, or -ENODATA when the recording has nothing to show. */
	int (*print)(FILE *out, struct recording *const *r, int n);
};

#endif
