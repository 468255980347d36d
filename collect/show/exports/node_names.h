/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that node_exporter has for fuka's metrics, one row per name. A row is all that a metric needs to be in
 * --openmetrics and --promtool.
 */
#ifndef FUKA_NODE_NAMES_H
#define FUKA_NODE_NAMES_H

#include "collect/metrics/family.h"

#define NODE_LABELS_MAX 4

struct node_name {
	/*
	 * A metric: "*" stands for the part that differs between machines (the word of struct figure), ".cpu#" at the
	 * end for each CPU.
	 */
	const char *metric;
	/* "*" in it: that word in the kernel's spelling; if the kernel's unit is kB, "_bytes" is appended */
	const char *name;
	const char *type; /* "counter", "gauge", "unknown" */
	const char *help;
	double per; /* how many of the metric's units make one of these; 0: the same unit */
	/* Keys and values. A value "$word", "$cpu", "$info" or "$devices" is taken from the figure. */
	const char *label[NODE_LABELS_MAX][2];
	const char *except[3]; /* prefixes of words that node_exporter leaves out */
	bool clock;            /* the value is the sample's own time on the wall clock, in ns */
};

/* In the order of the exports; terminated by a row without a metric. */
extern const struct node_name node_names[];

/* Finds the row of a figure; NULL if node_exporter does not have it. */
const struct node_name *node_name_find(const struct figure *g);

#endif
