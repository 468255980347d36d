/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A metric is a named figure over time, computed from a recording alone. A metric's name is the same in expectations,
 * views and exports, and its description names the source and the line or field it comes from.
 *
 * Which there are is in collect/metrics/list.h, a row a family; how a value comes about, in the family's file there.
 */
#ifndef FUKA_METRIC_H
#define FUKA_METRIC_H

#include "lib/record/recording.h"

#include <stdbool.h>
#include <stdint.h>

/* One point. A gauge has from_ns == at_ns; a rate or share covers the interval (from_ns, at_ns]. Relative to t0. */
struct point {
	int64_t from_ns, at_ns;
	double value;
};

struct series {
	char name[64];
	const char *unit; /* "%", "B", "tasks", … */
	struct point *point;
	size_t count;
	bool cut; /* there are more, that were not kept: what it does not have may be all the same */
};

/*
 * t0 of a recording: CLOCK_MONOTONIC ns at which the timeline started (its event=t0). -ENODATA when it never did;
 * callers that only show things may then use the first sample's time.
 */
int metric_t0(struct recording *r, uint64_t *t0_ns);

/*
 * Computes one metric over the whole recording. -ENOENT: no such metric (metric_known() lists what there is);
 * -ENODATA: a known name, but this recording (its kernel, its sources) has no such field: absent, never zero.
 */
int metric_series(struct recording *r, const char *name, struct series *out);
void series_free(struct series *s);

/*
 * Whether a source has samples between two times relative to t0: 1, 0, or -errno. Without them nothing can be said of
 * its metrics there, not even that they are absent.
 */
int metric_sampled(struct recording *r, const char *source, int64_t from_ns, int64_t to_ns);

/* The source of a metric's samples, or NULL when the name is none. */
const char *metric_source(const char *name);

/*
 * Several at once, with one walk over each source: out[i] belongs to names[i]. What this recording does not have is an
 * empty series. -ENOENT when one of the names is none.
 */
int metric_many(struct recording *r, const char *const *names, size_t n, struct series *out);
extern size_t metric_points_max; /* that it keeps, of all series; a test has it lower */

/*
 * The same without keeping them: take() has each point of names[which], in the order of time over all of them, until it
 * returns other than 0, which is then returned.
 */
typedef int metric_take(void *user, size_t which, const struct point *p);
int metric_each(struct recording *r, const char *const *names, size_t n, metric_take *take, void *user);

/*
 * The names of all metrics that the recording has, as the samples of each source show them, in the
 * order of the files; without `all` only the lines of vmstat that node_exporter takes. NULL-terminated;
 * metric_names_free().
 */
int metric_names(struct recording *r, bool all, char ***names, size_t *n);
void metric_names_free(char **names);

/* Whether a scenario may use this name (the form is known; whether a kernel has the field shows at run time). */
bool metric_known(const char *name);

/* One line a family of names, for --help and error messages. */
extern const char metric_help[];

#endif
