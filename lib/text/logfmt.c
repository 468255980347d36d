// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/text/logfmt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool needs_quotes(const char *value)
{
	if (!*value)
		return true;
	for (const char *p = value; *p; p++)
		if (*p == ' ' || *p == '"' || *p == '=' || *p == '\\' || *p == '\n')
			return true;
	return false;
}

/* Appends one character; false if there is no room for it and the final NUL. */
static bool put(char *line, size_t size, size_t *at, char c)
{
	if (*at + 1 >= size)
		return false;
	line[(*at)++] = c;
	line[*at] = '\0';
	return true;
}

static bool put_all(char *line, size_t size, size_t *at, const char *text)
{
	for (; *text; text++)
		if (!put(line, size, at, *text))
			return false;
	return true;
}

static bool put_quoted(char *line, size_t size, size_t *at, const char *value)
{
	bool ok = put(line, size, at, '"');

	for (; ok && *value; value++) {
		if (*value == '\n') {
			ok = put_all(line, size, at, "\\n");
			continue;
		}
		if (*value == '"' || *value == '\\')
			ok = put(line, size, at, '\\');
		ok = ok && put(line, size, at, *value);
	}
	return ok && put(line, size, at, '"');
}

void logfmt_add(char *line, size_t size, size_t *at, const char *key, const char *value)
{
	size_t start = *at;
	bool ok = (start == 0 || put(line, size, at, ' ')) && put_all(line, size, at, key) && put(line, size, at, '=');

	ok = ok && (needs_quotes(value) ? put_quoted(line, size, at, value) : put_all(line, size, at, value));
	if (!ok && size) {
		*at = start;
		line[start] = '\0';
	}
}

void logfmt_add_int(char *line, size_t size, size_t *at, const char *key, long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	logfmt_add(line, size, at, key, text);
}

/* Copies the value at p, unquoted, and returns its end. `value` may be NULL to skip it. */
static const char *take_value(const char *p, const char *end, char *value, size_t size)
{
	bool quoted = p < end && *p == '"';
	size_t n = 0;

	for (p += quoted; p < end && *p != (quoted ? '"' : ' '); p++) {
		char c = *p;

		if (quoted && c == '\\' && p + 1 < end) {
			c = *++p;
			if (c == 'n')
				c = '\n';
		}
		if (value && n + 1 < size)
			value[n++] = c;
	}
	if (value && size)
		value[n] = '\0';
	return p + (quoted && p < end);
}

bool logfmt_get(const char *line, size_t n, const char *key, char *value, size_t size)
{
	const char *end = line + n, *p = line;
	size_t want = strlen(key);

	while (p < end) {
		while (p < end && (*p == ' ' || *p == '\n'))
			p++;
		const char *name = p;
		while (p < end && *p != '=' && *p != ' ')
			p++;
		size_t length = p - name;

		if (p == end || *p != '=')
			continue;
		p++;
		if (length == want && !memcmp(name, key, want)) {
			take_value(p, end, value, size);
			return true;
		}
		p = take_value(p, end, NULL, 0);
	}
	return false;
}

bool logfmt_get_int(const char *line, size_t n, const char *key, long long *value)
{
	char text[32], *rest;

	if (!logfmt_get(line, n, key, text, sizeof(text)) || !*text)
		return false;
	errno = 0;
	long long v = strtoll(text, &rest, 10);
	if (errno || *rest)
		return false;
	*value = v;
	return true;
}
