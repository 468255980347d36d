/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_CPU_TABLE_H
#define FUKA_CPU_TABLE_H

#include "collect/parse/lines.h"

#define CPU_TABLE_MAX 8192 /* CONFIG_NR_CPUS of Debian's kernels */

/* The state of reading one text. */
struct cpu_table {
	struct lines lines;
	unsigned cpus;
	int cpu[CPU_TABLE_MAX]; /* the CPU of each column: /proc/interrupts has only online CPUs */
};

struct cpu_table_line {
	struct piece name;             /* "NET_RX", "24", "LOC" */
	uint64_t count[CPU_TABLE_MAX]; /* one per column */
	struct piece info, devices;    /* of an interrupt: chip and trigger type, handlers; may be empty */
};

/* False if the first line names no CPUs. */
bool cpu_table_begin(struct cpu_table *t, const char *text, size_t n);

/* Reads the next line that has a count for each CPU; false at the end. */
bool cpu_table_next(struct cpu_table *t, struct cpu_table_line *out);

#endif
