/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_PRESSURE_H
#define FUKA_PRESSURE_H

#include "collect/parse/lines.h"

struct pressure_line {
	bool full;                   /* "full", else "some" */
	double avg10, avg60, avg300; /* percent */
	uint64_t total_us;
};

/* Reads one line; false if it is not valid. */
bool pressure_line(const char *at, const char *end, struct pressure_line *out);

/* Reads the next valid line; false at the end. */
bool pressure_next(struct lines *l, struct pressure_line *out);

#endif
