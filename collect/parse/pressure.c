// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/pressure/cpu, memory and io, and the pressure files of a control group; the averages have two decimals.
 *
 *	some avg10=0.00 avg60=0.12 avg300=0.05 total=123456
 *	full avg10=0.00 avg60=0.00 avg300=0.00 total=77
 */
#include "collect/parse/pressure.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* " avg10=12.34", at most 100.00 */
static bool average(const char **p, const char *end, const char *key, double *percent)
{
	int whole = 0, digits = 0;

	if (!lines_literal(p, end, key))
		return false;
	for (; *p < end && is_digit(**p) && digits < 3; digits++)
		whole = whole * 10 + *(*p)++ - '0';
	if (!digits || end - *p < 3 || **p != '.' || !is_digit((*p)[1]) || !is_digit((*p)[2]))
		return false;
	*percent = (whole * 100 + ((*p)[1] - '0') * 10 + (*p)[2] - '0') / 100.0;
	*p += 3;
	return true;
}

bool pressure_line(const char *at, const char *end, struct pressure_line *out)
{
	struct pressure_line l = {.full = lines_literal(&at, end, "full")};

	if ((!l.full && !lines_literal(&at, end, "some")) || !average(&at, end, " avg10=", &l.avg10) ||
	    !average(&at, end, " avg60=", &l.avg60) || !average(&at, end, " avg300=", &l.avg300) ||
	    !lines_literal(&at, end, " total=") || !lines_number(&at, end, &l.total_us) || at != end)
		return false;
	*out = l;
	return true;
}

bool pressure_next(struct lines *l, struct pressure_line *out)
{
	while (lines_next(l))
		if (pressure_line(l->at, l->end, out))
			return true;
	return false;
}
