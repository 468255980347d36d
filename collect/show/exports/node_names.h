/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What node_exporter calls the figures that fuka has as metrics: a row a name. A row is all that a metric needs to be in
 * --openmetrics and --promtool.
 */
#ifndef FUKA_NODE_NAMES_H
#define FUKA_NODE_NAMES_H

#include "collect/metrics/family.h"

#define NODE_LABELS_MAX 4

struct node_name {
	/*
	 * A metric: "*" stands for what differs between two machines (the word of struct figure), ".cpu#" at the end for
	 * each CPU.
	 */
	const char *metric;
	const char *name; /* "*" in it: that word as the kernel has it; for what it has in kB, "_bytes" is appended */
	const char *type; /* "counter", "gauge", "unknown" */
	const char *help;
	double per; /* how many of the metric's units are one of these; 0: they are the same */
	/* Key and value. A value "$word", "$cpu", "$info", "$devices" is that of the figure. */
	const char *label[NODE_LABELS_MAX][2];
	const char *except[3]; /* words that node_exporter leaves out begin so */
	bool clock;            /* the value is the sample's own time on the wall clock, in ns */
};

/* In the order in which exports have them; ends with a row without a metric. */
extern const struct node_name node_names[];

/* The row that a figure has; NULL when node_exporter has no such thing. */
const struct node_name *node_name_find(const struct figure *g);

#endif
