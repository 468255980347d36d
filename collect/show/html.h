/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording as one self-contained page that opens without a network. */
#ifndef FUKA_HTML_H
#define FUKA_HTML_H

#include "lib/record/recording.h"

/*
 * Reports its own errors; -ENOENT if the charting library is missing (the message names the package). Overwrites path.
 */
int html_write(struct recording *r, const char *path);

#endif
