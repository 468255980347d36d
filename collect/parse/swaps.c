// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/swaps, in KiB, with columns separated by blanks and tabs.
 *
 *	Filename				Type		Size		Used		Priority
 *	/dev/vda                                partition	65532		1280		-2
 */
#include "collect/parse/swaps.h"

#include <string.h>

/* Reads the next column; empty at the end of the line. */
static struct piece column(const char **p, const char *end)
{
	while (*p < end && (**p == ' ' || **p == '\t'))
		(*p)++;
	const char *from = *p;

	while (*p < end && **p != ' ' && **p != '\t')
		(*p)++;
	return (struct piece){from, *p - from};
}

static bool number(const char **p, const char *end, uint64_t *v)
{
	struct piece c = column(p, end);

	return lines_number(&c.at, c.at + c.length, v);
}

static bool read_line(const char *p, const char *end, struct swaps_line *s)
{
	s->file = column(&p, end);
	return s->file.length && *s->file.at == '/' && column(&p, end).length && number(&p, end, &s->size_kib) &&
	       number(&p, end, &s->used_kib) && column(&p, end).length;
}

bool swaps_next(struct lines *l, struct swaps_line *out)
{
	struct swaps_line s;

	while (lines_next(l))
		if (read_line(l->at, l->end, &s)) {
			*out = s;
			return true;
		}
	return false;
}
