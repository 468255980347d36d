/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export writes one recording in a form that another program reads. */
#ifndef FUKA_EXPORT_H
#define FUKA_EXPORT_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Set by the table in collect/command_export.c. */
struct export_options {
	char *job, *instance; /* labels; instance NULL: the scenario's name */
	bool all;             /* every line of vmstat, not only node_exporter's choice */
	char *rules;          /* promtool: the rule file's path, as written into the test … */
	char *fires, *silent; /* … alerts that must and must not have fired, "A,B" */
	int64_t interval;     /* promtool: ns between two samples in the test; 0: the recording's, at least 1 s */
	int64_t evaluate;     /* promtool: ns between two evaluations of the rules */
};

/* Writes to out. 0 or -errno, with a message unless writing failed. */
typedef int export_write(FILE *out, struct recording *r, const struct export_options *o);

#define EXPORT(name, type, what) export_write export_##name;
#include "collect/show/exports/list.h"
#undef EXPORT

#endif
