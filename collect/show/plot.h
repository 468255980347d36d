/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture of one recording, or of two side by side on the same axes. */
#ifndef FUKA_PLOT_H
#define FUKA_PLOT_H

#include "lib/record/recording.h"

/* Writes a PNG through gnuplot. Says its own errors; -ENOENT when gnuplot is not there (it names the package). */
int plot_png(struct recording *const *r, int n, const char *path);

#endif
