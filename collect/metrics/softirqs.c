// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/softirqs, "      NET_RX:         12         40": the sum over the CPUs. */
#include "collect/metrics/family.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

extern const struct metric_family metrics_softirqs;

/* The colon behind a line's name, which *at is set to; NULL where there is none. */
static const char *line_name(const struct lines *l, const char **at)
{
	for (*at = l->at; *at < l->end && **at == ' ';)
		(*at)++;
	return memchr(*at, ':', l->end - *at);
}

static bool line_key(const struct lines *l, char key[READING_KEY])
{
	const char *at, *colon = line_name(l, &at);
	size_t n = 0;

	for (; colon && at + n < colon && n + 1 < READING_KEY; n++)
		key[n] = (char)tolower((unsigned char)at[n]);
	key[n] = '\0';
	return n;
}

static int value_softirq(struct reading *x, const struct frame *f, double *value)
{
	size_t length = strlen(x->field);

	for (struct lines l = lines_of(f); lines_next(&l);) {
		const char *at, *colon = line_name(&l, &at);
		double v, sum = 0;

		if (!colon || (size_t)(colon - at) != length || strncasecmp(at, x->field, length))
			continue;
		for (at = colon + 1; lines_number(&at, l.end, &v);)
			sum += v;
		*value = sum;
		return at == l.end;
	}
	return 0;
}

static bool resolve(const char *name, struct reading *x)
{
	if (strncmp(name, "softirq.", 8) || !lines_is_word(name + 8))
		return false;
	*x = (struct reading){.source = "softirqs", .unit = "", .value = value_softirq, .grows = true};
	strcpy(x->field, name + 8);
	return true;
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	(void)source;
	(void)all;
	for (struct lines l = lines_of(f); lines_next(&l);) {
		const char *at, *colon = line_name(&l, &at);
		char word[40] = "";

		for (size_t i = 0; colon && at + i < colon && i + 1 < sizeof(word); i++)
			word[i] = (char)tolower((unsigned char)at[i]);
		if (*word)
			names_add(t, "softirq.%s", word);
	}
}

static const char *const sources[] = {"softirqs", NULL};
const struct metric_family metrics_softirqs = {sources, resolve, names, line_key};
