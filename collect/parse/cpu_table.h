/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_CPU_TABLE_H
#define FUKA_CPU_TABLE_H

#include "collect/parse/lines.h"

#define CPU_TABLE_MAX 8192 /* CPUs, as many as a kernel of Debian's may have */

/* A walk over one text. */
struct cpu_table {
	struct lines lines;
	unsigned cpus;
	int cpu[CPU_TABLE_MAX]; /* the columns' numbers: /proc/interrupts has only those that are online */
};

struct cpu_table_line {
	struct piece name;             /* "NET_RX", "24", "LOC" */
	uint64_t count[CPU_TABLE_MAX]; /* a column each */
	struct piece info, devices;    /* of an interrupt: the chip and how it is wired, who handles it; may be empty */
};

/* False when the first line names no CPUs. */
bool cpu_table_begin(struct cpu_table *t, const char *text, size_t n);

/* The next line that has a count for each CPU; false at the end. */
bool cpu_table_next(struct cpu_table *t, struct cpu_table_line *out);

#endif
