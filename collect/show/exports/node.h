/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording as node_exporter (1.x) would have exposed it, with its names, types, units and labels. What the kernel
 * lacks is absent. /proc/pressure, /proc/softirqs, /proc/interrupts and /proc/schedstat correspond to the collectors of
 * these names; loads are the exact averages of sysinfo(2), not the two decimals of /proc/loadavg.
 */
#ifndef FUKA_NODE_H
#define FUKA_NODE_H

#include "collect/show/exports/node_names.h"
#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdint.h>

struct node_point {
	int64_t at_ns; /* wall clock of the recorded machine, since 1970 */
	double value;
};

struct node_series {
	char *name;   /* with _total if it is a counter: "node_cpu_seconds_total" */
	char *labels; /* without braces: cpu="0",mode="user"; "" when it has none */
	const struct node_name *row;
	struct node_point *point;
	size_t count;
	size_t order, first; /* its position, and that of the first series with its name */
};

struct node {
	struct node_series **series; /* in the order of their rows, grouped by name */
	size_t count, points;
	void *known;               /* the same series as a tree, tsearch(3) */
	size_t unnamed;            /* samples left out because their name is not valid for a metric */
	int64_t offset_ns;         /* wall clock - CLOCK_MONOTONIC */
	int64_t boot_ns;           /* wall clock at boot; -1: not known */
	int64_t t0_ns;             /* wall clock of the timeline's start, else of the first sample */
	int64_t first_ns, last_ns; /* of the samples */
};

/* Reads only the clocks, no series. -ENODATA if the recording has no wall clock. */
int node_clock(struct recording *r, struct node *out);

/* -ENODATA if there is no sample or no wall clock. */
int node_read(struct recording *r, bool all, struct node *out);
void node_free(struct node *n);

/* Finds the next series of a name from *i on, and sets *i to the position after it; NULL if there is none. */
const struct node_series *node_next(const struct node *n, const char *name, size_t *i);

#endif
