/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile: how much of its target a load makes over time, from 0 to 1.
 *
 *	constant		all of it, all the time
 *	ramp:30s		from nothing to all in 30 s, then all
 *	sine:60s		half of it ± half, one wave in 60 s, from nothing
 *	square:20s		all for 10 s, nothing for 10 s, and again
 *	steps:10s:0,50,100	10 s at each of these percentages, then the last
 *	file:PATH		lines "TIME PERCENT" in ascending time, linear in between, then the last
 */
#ifndef FUKA_PROFILE_H
#define FUKA_PROFILE_H

#include "lib/text/param.h"

#include <stddef.h>
#include <stdint.h>

enum profile_kind {
	PROFILE_CONSTANT,
	PROFILE_RAMP,
	PROFILE_SINE,
	PROFILE_SQUARE,
	PROFILE_STEPS,
	PROFILE_FILE
};

#define PROFILE_POINTS_MAX 1024

struct profile {
	enum profile_kind kind;
	int64_t period_ns;
	size_t count; /* steps; a file's points */
	struct {
		int64_t at_ns;
		double level;
	} point[PROFILE_POINTS_MAX];
};

/* -EINVAL with `why` if it is none of the above or a file cannot be read. */
int profile_parse(const char *text, struct profile *out, char why[PARAM_WHY]);

/* The level at a time since the start. */
double profile_level(const struct profile *p, int64_t since_ns);

#endif
