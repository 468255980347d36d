// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/softirqs and /proc/interrupts, with one column per CPU.
 *
 *	                    CPU0       CPU1
 *	          HI:          1          0
 *	      NET_RX:         12         40
 *
 *	           CPU0       CPU1
 *	  24:       120          0   PCI-MSI 49152-edge      virtio0-config
 *	 LOC:      9012       8733   Local timer interrupts
 *	 ERR:          0
 *
 * ERR and MIS have one figure for all CPUs: with several CPUs they are not lines of the table.
 */
#include "collect/parse/cpu_table.h"

#include <ctype.h>

bool cpu_table_begin(struct cpu_table *t, const char *text, size_t n)
{
	t->lines = lines_in(text, n);
	t->cpus = 0;
	if (!lines_next(&t->lines))
		return false;
	const char *p = t->lines.at, *end = t->lines.end;

	for (uint64_t cpu; t->cpus < CPU_TABLE_MAX; t->cpu[t->cpus++] = (int)cpu) {
		lines_blanks(&p, end);
		if (!lines_literal(&p, end, "CPU") || !lines_number(&p, end, &cpu) || cpu > 1 << 20)
			break;
	}
	lines_blanks(&p, end);
	return t->cpus && p == end;
}

/* Reads the name, which is right-aligned before the colon. */
static bool read_name(const char **p, const char *end, struct piece *name)
{
	lines_blanks(p, end);
	const char *from = *p;

	while (*p < end && (isalnum((unsigned char)**p) || **p == '_'))
		(*p)++;
	*name = (struct piece){from, *p - from};
	return name->length && lines_literal(p, end, ":");
}

/*
 * Reads "PCI-MSI 49152-edge virtio0-config": a device interrupt has the chip first; other interrupts have a
 * description.
 */
static void read_rest(const char *p, const char *end, struct cpu_table_line *l)
{
	bool numbered = isdigit((unsigned char)*l->name.at);

	lines_blanks(&p, end);
	l->info = (struct piece){p, end - p};
	l->devices = (struct piece){end, 0};
	if (numbered && lines_word(&p, end, &l->info)) {
		lines_blanks(&p, end);
		l->devices = (struct piece){p, end - p};
	}
}

bool cpu_table_next(struct cpu_table *t, struct cpu_table_line *out)
{
	while (lines_next(&t->lines)) {
		const char *p = t->lines.at, *end = t->lines.end;
		unsigned n = 0;

		if (!read_name(&p, end, &out->name))
			continue;
		while (n < t->cpus && lines_number(&p, end, &out->count[n]))
			n++;
		if (n < t->cpus)
			continue;
		read_rest(p, end, out);
		return true;
	}
	return false;
}
