/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of mpstat or sar as a table. */
#ifndef FUKA_SYSSTAT_TABLE_H
#define FUKA_SYSSTAT_TABLE_H

#include <stdbool.h>

#define SYSSTAT_COLUMNS 16
#define SYSSTAT_ROWS    64

struct sysstat_table {
	char title[SYSSTAT_COLUMNS][16]; /* without the time and the CPU */
	int columns;
	bool has_cpus;
	int cpu[SYSSTAT_ROWS]; /* of each row; -1: all CPUs */
	double value[SYSSTAT_ROWS][SYSSTAT_COLUMNS];
	int rows;
};

/*
 * Reads the first table of CPU time or of the run queue in `text`, which it modifies, with its rows up to the averages.
 * Rows that are not complete are skipped. False, with *out unchanged, if there is no such table or it has no row.
 */
bool sysstat_table_read(char *text, struct sysstat_table *out);

#endif
