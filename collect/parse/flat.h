/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_FLAT_H
#define FUKA_FLAT_H

#include "collect/parse/lines.h"

struct flat_line {
	struct piece name;
	uint64_t value;
};

/* One line; false when it is none. */
bool flat_line(const char *at, const char *end, struct flat_line *out);

/* The next line that is one; false at the end. */
bool flat_next(struct lines *l, struct flat_line *out);

#endif
