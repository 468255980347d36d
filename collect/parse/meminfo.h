/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_MEMINFO_H
#define FUKA_MEMINFO_H

#include "collect/parse/lines.h"

struct meminfo_line {
	struct piece name; /* "MemFree", "Active(anon)" */
	bool kib;          /* it has the unit kB; the others are numbers of pages */
	uint64_t value;    /* in KiB, or a number */
};

/* Reads the next valid line; false at the end. */
bool meminfo_next(struct lines *l, struct meminfo_line *out);

#endif
