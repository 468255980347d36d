// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/parse/lines.h"

#include <string.h>

struct piece piece_of(const char *text)
{
	return (struct piece){text, strlen(text)};
}

bool piece_is(struct piece p, const char *text)
{
	return strlen(text) == p.length && !memcmp(p.at, text, p.length);
}

struct lines lines_in(const char *text, size_t n)
{
	return (struct lines){.next = text, .stop = text + n};
}

bool lines_next(struct lines *l)
{
	do {
		l->at = l->next;
		l->end = l->at == l->stop ? NULL : memchr(l->at, '\n', l->stop - l->at);
		if (!l->end)
			return false;
		l->next = l->end + 1;
	} while (memchr(l->at, '\0', l->end - l->at));
	return true;
}

bool lines_cut(const struct lines *l)
{
	return l->next != l->stop;
}

bool lines_blanks(const char **p, const char *end)
{
	const char *from = *p;

	while (*p < end && **p == ' ')
		(*p)++;
	return *p > from;
}

bool lines_literal(const char **p, const char *end, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(end - *p) < n || memcmp(*p, text, n))
		return false;
	*p += n;
	return true;
}

bool lines_number(const char **p, const char *end, uint64_t *v)
{
	const char *q = *p;
	uint64_t n = 0;

	lines_blanks(&q, end);
	const char *from = q;

	for (; q < end && *q >= '0' && *q <= '9'; q++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *q - '0', &n))
			return false;
	if (q == from || n > INT64_MAX || (q < end && *q != ' '))
		return false;
	*p = q;
	*v = n;
	return true;
}

bool lines_word(const char **p, const char *end, struct piece *word)
{
	const char *q = *p;

	lines_blanks(&q, end);
	const char *blank = q < end ? memchr(q, ' ', end - q) : NULL;

	if (q == end)
		return false;
	*word = (struct piece){q, (blank ?: end) - q};
	*p = blank ?: end;
	return true;
}
