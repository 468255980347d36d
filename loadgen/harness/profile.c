// SPDX-License-Identifier: GPL-2.0-or-later
#include "loadgen/harness/profile.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MOST (1u << 20) /* bytes of a profile */
#define EXPECTED  "expected constant, ramp:TIME, sine:TIME, square:TIME, steps:TIME:PERCENT,… or file:PATH"

static int refuse(char why[PARAM_WHY], const char *text, const char *what)
{
	snprintf(why, PARAM_WHY, "'%.60s' is not a profile: %s; " EXPECTED, text, what);
	return -EINVAL;
}

static int add_point(struct profile *p, int64_t at_ns, const char *percent)
{
	char *rest;
	double v = strtod(percent, &rest);

	if (rest == percent || v < 0 || v > 100 || p->count == PROFILE_POINTS_MAX)
		return -EINVAL;
	p->point[p->count].at_ns = at_ns;
	p->point[p->count++].level = v / 100;
	return 0;
}

/* "0,50,100" */
static int parse_steps(const char *list, struct profile *p)
{
	for (const char *at = list; *at;) {
		if (add_point(p, p->count * p->period_ns, at))
			return -EINVAL;
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return p->count ? 0 : -EINVAL;
}

/* Parses lines such as "10s 50"; ignores empty lines and lines that begin with '#'. */
static int parse_file(const char *path, struct profile *p)
{
	_cleanup_(sys_freep) char *text = NULL;
	char *rest;
	int r = sys_read_regular(path, FILE_MOST, &text, NULL);

	for (char *line = r ? NULL : strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char when[32] = "", percent[32] = "";
		int64_t at_ns;

		if (*line == '#' || !line[strspn(line, " \t")])
			continue;
		if (sscanf(line, "%31s %31s", when, percent) != 2 || param_parse_time(when, &at_ns) ||
		    (p->count && at_ns < p->point[p->count - 1].at_ns) || add_point(p, at_ns, percent))
			return -EINVAL;
	}
	return r ? r : p->count ? 0 : -EINVAL;
}

int profile_parse(const char *text, struct profile *out, char why[PARAM_WHY])
{
	static const char *const words[] = {"constant", "ramp", "sine", "square", "steps", "file"};
	size_t word = strcspn(text, ":"), kind = 0;
	const char *rest = text[word] ? text + word + 1 : "";

	*out = (struct profile){0};
	while (kind < 6 && (strlen(words[kind]) != word || memcmp(words[kind], text, word)))
		kind++;
	if (kind == 6)
		return refuse(why, text, "no such form");
	out->kind = kind;
	if (kind == PROFILE_CONSTANT)
		return *rest ? refuse(why, text, "constant takes nothing") : 0;
	if (kind == PROFILE_FILE)
		return parse_file(rest, out) ? refuse(why, text,
						      "the file cannot be read, or a line is not 'TIME PERCENT' "
						      "in ascending time")
					     : 0;
	char time[32];

	snprintf(time, sizeof(time), "%.*s", (int)strcspn(rest, ":"), rest);
	if (param_parse_time(time, &out->period_ns) || out->period_ns <= 0)
		return refuse(why, text, "no time");
	if (kind != PROFILE_STEPS)
		return 0;
	rest += strcspn(rest, ":");
	return parse_steps(rest + (*rest == ':'), out) ? refuse(why, text, "no percentages from 0 to 100") : 0;
}

static double between_points(const struct profile *p, int64_t t)
{
	size_t i = 0;

	while (i < p->count && p->point[i].at_ns <= t)
		i++;
	if (i == 0 || i == p->count)
		return p->point[i ? i - 1 : 0].level;
	double share = (double)(t - p->point[i - 1].at_ns) / (p->point[i].at_ns - p->point[i - 1].at_ns);

	return p->point[i - 1].level + share * (p->point[i].level - p->point[i - 1].level);
}

double profile_level(const struct profile *p, int64_t t)
{
	switch (p->kind) {
	case PROFILE_RAMP:
		return t >= p->period_ns ? 1 : (double)t / p->period_ns;
	case PROFILE_SINE:
		return 0.5 - 0.5 * cos(2 * M_PI * (t % p->period_ns) / p->period_ns);
	case PROFILE_SQUARE:
		return t % p->period_ns < p->period_ns / 2 ? 1 : 0;
	case PROFILE_STEPS: {
		size_t i = t / p->period_ns;

		return p->point[i < p->count ? i : p->count - 1].level;
	}
	case PROFILE_FILE:
		return between_points(p, t);
	default:
		return 1;
	}
}
