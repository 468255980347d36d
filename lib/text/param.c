// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/text/param.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct suffix {
	const char *text;
	double factor;
};

static const struct suffix times[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
static const struct suffix sizes[] = {{"", 1}, {"K", 1024}, {"M", 1 << 20}, {"G", 1 << 30}};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Parses a number with one of the suffixes. */
static int parse_suffixed(const char *text, const struct suffix *s, size_t n, double *out)
{
	char *rest;
	double v = strtod(text, &rest);

	if (rest == text || !isfinite(v) || strpbrk(text, "xX"))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rest, s[i].text)) {
			*out = v * s[i].factor;
			return fabs(*out) < 9e18 ? 0 : -EINVAL;
		}
	return -EINVAL;
}

int param_parse_time(const char *text, int64_t *ns)
{
	double v;

	if (parse_suffixed(text, times, COUNT(times), &v)) {
		if (strcmp(text, "0"))
			return -EINVAL;
		v = 0;
	}
	*ns = llround(v);
	return 0;
}

int param_parse_size(const char *text, int64_t *bytes)
{
	double v;

	if (parse_suffixed(text, sizes, COUNT(sizes), &v))
		return -EINVAL;
	*bytes = llround(v);
	return 0;
}

static int parse_percent(const char *text, double *value)
{
	static const struct suffix percent[] = {{"%", 1}};

	return parse_suffixed(text, percent, 1, value);
}

int param_parse_figure(const char *text, double *value)
{
	if (!parse_percent(text, value) || !parse_suffixed(text, sizes, COUNT(sizes), value))
		return 0;
	return parse_suffixed(text, times, COUNT(times), value);
}

static int parse_bool(const char *text, bool *value)
{
	*value = !strcmp(text, "true") || !strcmp(text, "yes") || !strcmp(text, "on");
	return *value || !strcmp(text, "false") || !strcmp(text, "no") || !strcmp(text, "off") ? 0 : -EINVAL;
}

static int parse_choice(const char *choices, const char *text, int64_t *value)
{
	size_t n = strlen(text);
	int64_t i = 0;

	for (const char *p = choices; p && *p; i++) {
		size_t word = strcspn(p, " ");

		if (word == n && !memcmp(p, text, n)) {
			*value = i;
			return 0;
		}
		p += word;
		p += *p == ' ';
	}
	return -EINVAL;
}

static int parse_int(const char *text, int64_t *value)
{
	char *rest;

	errno = 0;
	*value = strtoll(text, &rest, 10);
	return errno || rest == text || *rest ? -EINVAL : 0;
}

static bool in_range(const struct param *p, double v)
{
	return (p->min == 0 && p->max == 0) || (v >= p->min && v <= p->max);
}

/* A share of memory is stored as a negative number, to distinguish it from bytes. */
static int set_size(const struct param *p, int64_t *slot, const char *text)
{
	double percent;

	if (!parse_percent(text, &percent)) {
		if (percent <= 0 || percent > 100)
			return -ERANGE;
		*slot = -llround(percent * 1000);
		return 0;
	}
	if (param_parse_size(text, slot))
		return -EINVAL;
	return in_range(p, *slot) ? 0 : -ERANGE;
}

static int set_value(const struct param *p, void *values, const char *text)
{
	void *slot = (char *)values + p->at;
	int64_t i = 0;
	double d = 0;
	int r;

	switch (p->type) {
	case PARAM_SIZE:
		return set_size(p, slot, text);
	case PARAM_BOOL:
		return parse_bool(text, slot);
	case PARAM_CHOICE:
		return parse_choice(p->choices, text, slot);
	case PARAM_TEXT:
		free(*(char **)slot);
		*(char **)slot = strdup(text);
		return *(char **)slot ? 0 : -ENOMEM;
	case PARAM_NUMBER:
		r = parse_suffixed(text, sizes, 1, &d);
		break;
	case PARAM_PERCENT:
		r = parse_percent(text, &d) ? parse_suffixed(text, sizes, 1, &d) : 0;
		break;
	case PARAM_TIME:
		r = param_parse_time(text, &i);
		break;
	default:
		r = parse_int(text, &i);
	}
	if (r)
		return r;
	bool real = p->type == PARAM_NUMBER || p->type == PARAM_PERCENT;

	if (!in_range(p, real ? d : (double)i))
		return -ERANGE;
	if (real)
		*(double *)slot = d;
	else
		*(int64_t *)slot = i;
	return 0;
}

static void set_absent(const struct param *p, void *values)
{
	void *slot = (char *)values + p->at;

	switch (p->type) {
	case PARAM_TEXT:
		*(char **)slot = NULL;
		break;
	case PARAM_BOOL:
		*(bool *)slot = false;
		break;
	case PARAM_NUMBER:
	case PARAM_PERCENT:
		*(double *)slot = NAN;
		break;
	default:
		*(int64_t *)slot = INT64_MIN;
	}
}

void param_defaults(const struct param *table, void *values)
{
	for (const struct param *p = table; p->name; p++) {
		set_absent(p, values);
		if (p->def && *p->def)
			set_value(p, values, p->def);
	}
}

const char *param_missing(const struct param *table, const void *values)
{
	for (const struct param *p = table; p->name; p++) {
		const void *slot = (const char *)values + p->at;

		if (p->def || p->type == PARAM_TEXT || p->type == PARAM_BOOL)
			continue;
		if (p->type == PARAM_NUMBER || p->type == PARAM_PERCENT ? isnan(*(const double *)slot)
									: *(const int64_t *)slot == INT64_MIN)
			return p->name;
	}
	return NULL;
}

static bool is_default(const struct param *p, const void *values)
{
	char now[PARAM_WHY], was[PARAM_WHY];
	struct param one[2] = {*p, {0}};
	int64_t value = 0; /* large enough for any type */

	one->at = 0;
	param_defaults(one, &value);
	param_text(p, values, now, sizeof(now));
	param_text(one, &value, was, sizeof(was));
	param_free(one, &value);
	return !strcmp(now, was);
}

int param_means(const struct param *table, const void *values, const char *name, bool means, const char *where,
		char why[PARAM_WHY])
{
	char text[PARAM_WHY / 2];
	const struct param *p = param_find(table, name);

	if (means || is_default(p, values))
		return 0;
	param_text(p, values, text, sizeof(text));
	snprintf(why, PARAM_WHY, "%s=%s would be ignored %s", name, text, where);
	return -EINVAL;
}

const struct param *param_find(const struct param *table, const char *name)
{
	for (const struct param *p = table; p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static void figure_text(const struct param *p, double v, char *buf, size_t size)
{
	if (p->type == PARAM_SIZE)
		param_size_text((int64_t)v, buf, size);
	else if (p->type == PARAM_TIME)
		param_time_text((int64_t)v, buf, size);
	else
		snprintf(buf, size, "%.15g%s", v, p->type == PARAM_PERCENT ? "%" : "");
}

void param_limits(const struct param *p, char *buf, size_t size)
{
	char low[32], high[32];

	*buf = '\0';
	if (p->min == 0 && p->max == 0)
		return;
	figure_text(p, p->min, low, sizeof(low));
	figure_text(p, p->max, high, sizeof(high));
	snprintf(buf, size, "%s to %s", low, high);
}

void param_expected(const struct param *p, char *buf, size_t size)
{
	static const char *const kinds[] = {
		[PARAM_INT] = "a whole number",
		[PARAM_SIZE] = "a size such as 64M, or a share of memory such as 50%",
		[PARAM_TIME] = "a time such as 250ms, 5s or 2m",
		[PARAM_NUMBER] = "a number",
		[PARAM_PERCENT] = "a percentage such as 37%",
		[PARAM_BOOL] = "true or false",
		[PARAM_CHOICE] = "one of: ",
		[PARAM_TEXT] = "a text",
	};
	char limits[80];

	param_limits(p, limits, sizeof(limits));
	snprintf(buf, size, "%s%s%s%s", kinds[p->type], p->type == PARAM_CHOICE ? p->choices : "",
		 *limits ? ", from " : "", limits);
}

void param_names(const struct param *table, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (const struct param *p = table; p->name && n < size; p++)
		n += snprintf(buf + n, size - n, "%s%s", n ? ", " : "", p->name);
}

int param_set(const struct param *table, void *values, const char *name, const char *text, char why[PARAM_WHY])
{
	const struct param *p = param_find(table, name);
	char expected[PARAM_WHY / 2];

	if (!p) {
		param_names(table, expected, sizeof(expected));
		snprintf(why, PARAM_WHY, "unknown parameter '%.40s'; expected one of %s", name, expected);
		return -ENOENT;
	}
	int r = set_value(p, values, text);

	if (r) {
		param_expected(p, expected, sizeof(expected));
		snprintf(why, PARAM_WHY, "'%.60s' is %s; expected %s", text,
			 r == -ERANGE ? "out of range" : "not a valid value", expected);
	}
	return r;
}

void param_free(const struct param *table, void *values)
{
	for (const struct param *p = table; p->name; p++) {
		if (p->type != PARAM_TEXT)
			continue;
		char **slot = (char **)((char *)values + p->at);

		free(*slot);
		*slot = NULL;
	}
}

void param_text(const struct param *p, const void *values, char *buf, size_t size)
{
	const void *slot = (const char *)values + p->at;
	int64_t i = 0;

	switch (p->type) {
	case PARAM_TEXT:
		snprintf(buf, size, "%s", *(char *const *)slot ? *(char *const *)slot : "");
		return;
	case PARAM_BOOL:
		snprintf(buf, size, "%s", *(const bool *)slot ? "true" : "false");
		return;
	case PARAM_NUMBER:
	case PARAM_PERCENT:
		figure_text(p, *(const double *)slot, buf, size);
		return;
	case PARAM_CHOICE: {
		const char *word = p->choices;

		for (i = *(const int64_t *)slot; i > 0 && *word; i--) {
			word += strcspn(word, " ");
			word += *word == ' ';
		}
		snprintf(buf, size, "%.*s", (int)strcspn(word, " "), word);
		return;
	}
	default:
		i = *(const int64_t *)slot;
		if (p->type == PARAM_SIZE && i < 0)
			snprintf(buf, size, "%g%%", -i / 1000.0);
		else
			figure_text(p, i, buf, size);
	}
}

void param_print(FILE *out, const struct param *table, const char *prefix)
{
	for (const struct param *p = table; p->name; p++) {
		char expected[PARAM_WHY];

		param_expected(p, expected, sizeof(expected));
		fprintf(out, "  %s%-16s %s\n  %*s %s%s%s\n", prefix, p->name, p->help, (int)strlen(prefix) + 16, "",
			expected, p->def && *p->def ? "; default " : "",
			p->def                  ? p->def
			: p->type == PARAM_TEXT ? ""
						: "; required");
	}
}

int64_t param_size(int64_t value, int64_t whole)
{
	return value >= 0 ? value : llround((double)whole * -value / 100000.0);
}

/* Uses the largest unit in which the value is exact with three decimals. */
static void suffixed_text(double v, const struct suffix *s, size_t n, char *buf, size_t size)
{
	for (size_t i = n; i-- > 0;) {
		double q = v / s[i].factor;

		if (i == 0 || (fabs(q) >= 1 && fabs(q * 1000 - round(q * 1000)) < 1e-6)) {
			snprintf(buf, size, "%.12g%s", q, s[i].text);
			return;
		}
	}
}

void param_time_text(int64_t ns, char *buf, size_t size)
{
	if (ns == 0)
		snprintf(buf, size, "0s");
	else
		suffixed_text(ns, times, ns % 60000000000 ? 4 : COUNT(times), buf, size);
}

void param_size_text(int64_t bytes, char *buf, size_t size)
{
	suffixed_text(bytes, sizes, COUNT(sizes), buf, size);
}
