/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_FLAT_H
#define FUKA_FLAT_H

#include "collect/parse/lines.h"

struct flat_line {
	struct piece name;
	uint64_t value;
};

/* Reads one line; false if it is not valid. */
bool flat_line(const char *at, const char *end, struct flat_line *out);

/* Reads the next valid line; false at the end. */
bool flat_next(struct lines *l, struct flat_line *out);

#endif
