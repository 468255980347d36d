/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A metric is a named figure over time, computed from a recording alone. Its name is the same in expectations, views
 * and exports, and its description names the source and the line or field it comes from.
 *
 * collect/metrics/list.h lists them, one row per family; the family's file there computes the values.
 */
#ifndef FUKA_METRIC_H
#define FUKA_METRIC_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One point. A gauge has from_ns == at_ns; a rate or share covers the interval (from_ns, at_ns]. Times are relative to
 * t0.
 */
struct point {
	int64_t from_ns, at_ns;
	double value;
};

struct series {
	char name[64];
	const char *unit; /* "%", "B", "tasks", … */
	struct point *point;
	size_t count;
	bool cut; /* truncated: later points were not kept, so a missing point may exist in the recording */
};

/*
 * t0 of a recording: CLOCK_MONOTONIC in ns at which the timeline started (its event=t0). -ENODATA if it never did;
 * callers that only display times may then use the first sample's time.
 */
int metric_t0(struct recording *r, uint64_t *t0_ns);

/*
 * Computes one metric over the whole recording. -ENOENT: no such metric (metric_known()); -ENODATA: a known name, but
 * this recording (its kernel, its sources) has no such field: absent, never zero.
 */
int metric_series(struct recording *r, const char *name, struct series *out);
void series_free(struct series *s);

/*
 * Whether a source has samples between two times relative to t0: 1, 0, or -errno. Without samples nothing is known
 * about its metrics there, not even that they are absent.
 */
int metric_sampled(struct recording *r, const char *source, int64_t from_ns, int64_t to_ns);

/* The source of a metric's samples, or NULL if there is no such metric. */
const char *metric_source(const char *name);

/*
 * Computes several metrics in one pass over each source: out[i] belongs to names[i]. A metric that this recording lacks
 * is an empty series. -ENOENT if one of the names is unknown.
 */
int metric_many(struct recording *r, const char *const *names, size_t n, struct series *out);
extern size_t metric_points_max; /* maximum number of points kept, of all series together; lowered by a test */

/*
 * The same without keeping points: calls take() for each point of names[which], ordered by time over all of them, until
 * it returns non-zero, which is then returned.
 */
typedef int metric_take(void *user, size_t which, const struct point *p);
int metric_each(struct recording *r, const char *const *names, size_t n, metric_take *take, void *user);

/*
 * The names of all metrics that occur in the samples of the recording, in the order of the files; without `all` only
 * those lines of vmstat that node_exporter exposes. NULL-terminated; free with metric_names_free().
 */
int metric_names(struct recording *r, bool all, char ***names, size_t *n);
void metric_names_free(char **names);

/* Whether a scenario may use this name: its form is valid; whether a kernel has the field shows only at run time. */
bool metric_known(const char *name);

/* One line per family of names, for --help and error messages. */
extern const char metric_help[];

#endif
