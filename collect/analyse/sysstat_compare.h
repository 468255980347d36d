/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the two comparisons of sysstat.c, of CPU shares and of gauges: the recording's samples beside the times at
 * which sysstat read.
 */
#ifndef FUKA_SYSSTAT_COMPARE_H
#define FUKA_SYSSTAT_COMPARE_H

#include "collect/analyse/sysstat.h"
#include "collect/parse/trace_reads.h"
#include "collect/parse/sysstat_table.h"

struct sysstat_run {
	int pid;
	int64_t start_ns, end_ns;
};

struct sysstat_sample {
	int64_t at_ns, end_ns; /* the kernel generated the text in between */
	char *text;
	size_t n;
};

struct sysstat_samples {
	struct sysstat_sample *at;
	size_t count, bytes;
	size_t left_out; /* number of further samples that were not kept */
};

/* The samples next to a reading: the last that ended before it began, and the first that began after it ended. */
struct sysstat_bracket {
	const struct sysstat_sample *before, *after;
};

/*
 * Reads the run's readings of a file and the file's samples. False with `why` if there are more than the limits,
 * because then the relevant ones may be missing. The caller must free both in any case.
 */
bool sysstat_read(struct recording *r, const char *file, const struct sysstat_run *run, struct trace_reads *readings,
		  struct sysstat_samples *s, char why[160]);
void sysstat_samples_free(struct sysstat_samples *s);

/* Returns false if there is no sample before, or none after, the reading. */
bool sysstat_bracket(const struct sysstat_samples *s, const struct trace_read *reading, struct sysstat_bracket *out);

/* Stores when sysstat read, and the time between the samples beside it. */
void sysstat_note_reading(struct sysstat *s, const struct trace_read *reading, const struct sysstat_bracket *b);

/* Adds a figure of sysstat; sysstat_settle_figure() compares it with the allowed range. */
struct sysstat_figure *sysstat_add_figure(struct sysstat *s, const struct sysstat_table *t, int row, int column);
void sysstat_settle_figure(struct sysstat *s, struct sysstat_figure *f, double low, double high);

/* Compare a whole table; false with `why` if that is impossible. */
bool sysstat_compare_shares(struct recording *r, const struct sysstat_table *t, const struct sysstat_run *run,
			    struct sysstat *out, char why[160]);
bool sysstat_compare_gauges(struct recording *r, const struct sysstat_table *t, const struct sysstat_run *run,
			    struct sysstat *out, char why[160]);

#endif
