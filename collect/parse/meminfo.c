// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/meminfo:
 *
 *	MemTotal:         211492 kB
 *	Active(anon):        100 kB
 *	HugePages_Total:       0
 */
#include "collect/parse/meminfo.h"

#include <string.h>

bool meminfo_next(struct lines *l, struct meminfo_line *out)
{
	while (lines_next(l)) {
		const char *colon = memchr(l->at, ':', l->end - l->at), *p = colon ? colon + 1 : l->end;
		struct meminfo_line m = {.name = {l->at, p - l->at - 1}};

		if (!colon || colon == l->at || !lines_number(&p, l->end, &m.value))
			continue;
		m.kib = lines_literal(&p, l->end, " kB");
		if (p != l->end)
			continue;
		*out = m;
		return true;
	}
	return false;
}
