// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/meminfo. A metric's name is the line's in lower case with underscores between words: MemFree mem.free,
 * SwapTotal mem.swap_total, Committed_AS mem.committed_as, Active(anon) mem.active_anon.
 */
#include "collect/parse/meminfo.h"
#include "collect/metrics/family.h"

#include <ctype.h>
#include <string.h>

extern const struct metric_family metrics_meminfo;

/* "Active(anon)" -> "active_anon"; returns its length, or 0 if it does not fit. */
static size_t field_name(struct piece kernels, char *out, size_t size)
{
	const char *name = kernels.at;
	size_t at = 0, n = kernels.length;

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
	return at;
}

static bool resolve(const char *name, struct reading *x)
{
	*x = (struct reading){.source = "meminfo", .unit = strstr(name, "huge_pages_") ? "pages" : "B"};
	return !strncmp(name, "mem.", 4) && name_is_word(name + 4, strlen(name + 4));
}

static void figures(struct figures *to, const char *source, const struct frame *f)
{
	struct lines l = figures_lines(f);
	struct meminfo_line m;
	char name[METRIC_NAME];

	(void)source;
	while (!to->enough && meminfo_next(&l, &m)) {
		struct figure g = {.prefix = "mem.", .suffix = "", .kernels = m.name, .kib = m.kib};

		g.word = (struct piece){name, field_name(m.name, name, sizeof(name))};
		g.value = (double)m.value * (m.kib ? 1024 : 1);
		to->take(to, &g);
	}
}

static const char *const sources[] = {"meminfo", NULL};
const struct metric_family metrics_meminfo = {sources, resolve, figures};
