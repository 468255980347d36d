// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/meminfo, "MemAvailable:     209716 kB". A line's name is its own in lower case, words apart: MemFree mem.free,
 * SwapTotal mem.swap_total, Committed_AS mem.committed_as, Active(anon) mem.active_anon.
 */
#include "collect/metrics/family.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct metric_family metrics_meminfo;

/* "Active(anon)" -> "active_anon"; returns its length, 0 when it does not fit. */
static size_t field_name(const char *name, size_t n, char *out, size_t size)
{
	size_t at = 0;

	if (n > 3 && !memcmp(name, "Mem", 3)) {
		name += 3;
		n -= 3;
	}
	for (size_t i = 0; i < n; i++) {
		bool apart = i > 0 && ((isupper((unsigned char)name[i]) && islower((unsigned char)name[i - 1])) ||
				       name[i] == '(');

		if (at + 2 >= size)
			return 0;
		if (apart && at && out[at - 1] != '_')
			out[at++] = '_';
		if (name[i] != '(' && name[i] != ')')
			out[at++] = (char)tolower((unsigned char)name[i]);
	}
	out[at] = '\0';
	return at;
}

/* "MemFree:   12 kB" or "HugePages_Total:   0": the number after the colon, in bytes where it has a unit. */
static bool field_value(const char *p, const char *eol, double *value)
{
	char text[32], *rest;
	size_t n;

	while (p < eol && *p == ' ')
		p++;
	n = eol - p;
	if (!n || n >= sizeof(text) || !isdigit((unsigned char)*p))
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	errno = 0;
	unsigned long long v = strtoull(text, &rest, 10);
	if (errno || (*rest && strcmp(rest, " kB")))
		return false;
	*value = *rest ? (double)v * 1024 : (double)v;
	return true;
}

/* The name of a line, and where its number begins; NULL where it is none. */
static const char *line_name(const struct lines *l, char name[64])
{
	const char *colon = memchr(l->at, ':', l->end - l->at);

	return colon && field_name(l->at, colon - l->at, name, 64) ? colon + 1 : NULL;
}

static bool line_key(const struct lines *l, char key[READING_KEY])
{
	return line_name(l, key);
}

static int value_memory(struct reading *x, const struct frame *f, double *value)
{
	char name[64];

	for (struct lines l = lines_of(f); lines_next(&l);) {
		const char *number = line_name(&l, name);

		if (number && !strcmp(name, x->field))
			return field_value(number, l.end, value);
	}
	return 0;
}

static bool resolve(const char *name, struct reading *x)
{
	if (strncmp(name, "mem.", 4) || !lines_is_word(name + 4))
		return false;
	*x = (struct reading){
		.source = "meminfo", .unit = strstr(name, "huge_pages_") ? "pages" : "B", .value = value_memory};
	strcpy(x->field, name + 4);
	return true;
}

static void names(struct names *t, const char *source, const struct frame *f, bool all)
{
	char name[64];

	(void)source;
	(void)all;
	for (struct lines l = lines_of(f); lines_next(&l);)
		if (line_name(&l, name))
			names_add(t, "mem.%s", name);
}

static const char *const sources[] = {"meminfo", NULL};
const struct metric_family metrics_meminfo = {sources, resolve, names, line_key};
