/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_DISKSTATS_H
#define FUKA_DISKSTATS_H

#include "collect/parse/lines.h"

#define DISKSTATS_FIELDS    15
#define DISKSTATS_IN_FLIGHT 8 /* the only one that is no counter */

struct diskstats_line {
	struct piece device; /* "vda", "cciss/c0d0" */
	unsigned fields;     /* number of fields of this kernel: 11, or 15 with discards (4.18) */
	uint64_t field[DISKSTATS_FIELDS];
};

/* The names in the order of the fields: "reads", … */
extern const char *const diskstats_names[DISKSTATS_FIELDS];

/* Reads the next valid line; false at the end. */
bool diskstats_next(struct lines *l, struct diskstats_line *out);

#endif
