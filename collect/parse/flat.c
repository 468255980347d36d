// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files with a name and a number per line: /proc/vmstat, and cpu.stat and memory.events of a control group, which the
 * kernel documentation calls "flat keyed".
 *
 *	nr_free_pages 35951
 *	oom_kill 0
 */
#include "collect/parse/flat.h"

bool flat_line(const char *at, const char *end, struct flat_line *out)
{
	struct flat_line f;

	if (at == end || *at == ' ' || !lines_word(&at, end, &f.name) || !lines_number(&at, end, &f.value) || at != end)
		return false;
	*out = f;
	return true;
}

bool flat_next(struct lines *l, struct flat_line *out)
{
	while (lines_next(l))
		if (flat_line(l->at, l->end, out))
			return true;
	return false;
}
