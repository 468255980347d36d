/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture of one recording, or of two side by side on the same axes. */
#ifndef FUKA_PLOT_H
#define FUKA_PLOT_H

#include "lib/record/recording.h"

/* Writes a PNG with gnuplot. Reports its own errors; -ENOENT if gnuplot is missing (the message names the package). */
int plot_png(struct recording *const *r, int n, const char *path);

#endif
