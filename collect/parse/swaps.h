/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_SWAPS_H
#define FUKA_SWAPS_H

#include "collect/parse/lines.h"

struct swaps_line {
	struct piece file; /* blanks appear as \040 */
	uint64_t size_kib, used_kib;
};

/* Reads the next valid line; false at the end. */
bool swaps_next(struct lines *l, struct swaps_line *out);

#endif
