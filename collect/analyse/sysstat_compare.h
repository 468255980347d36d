/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two comparisons of sysstat.c share, of CPU shares and of gauges, and nobody else: the recording's samples beside
 * the instants at which sysstat read.
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
	int64_t at_ns, end_ns; /* the kernel wrote it in between */
	char *text;
	size_t n;
};

struct sysstat_samples {
	struct sysstat_sample *at;
	size_t count, bytes;
	size_t left_out; /* there are more, that were not kept */
};

/* The samples next to a reading: the last that was over when it began, and the first that began when it was over. */
struct sysstat_bracket {
	const struct sysstat_sample *before, *after;
};

/*
 * What a run is compared by: its readings of a file, and the samples of it. False, and why, when there is more than is
 * kept: then nobody can say which of them counts. Both are to be freed either way.
 */
bool sysstat_read(struct recording *r, const char *file, const struct sysstat_run *run, struct trace_reads *readings,
		  struct sysstat_samples *s, char why[160]);
void sysstat_samples_free(struct sysstat_samples *s);

/* False when there is no sample before, or none after, the reading. */
bool sysstat_bracket(const struct sysstat_samples *s, const struct trace_read *reading, struct sysstat_bracket *out);

/* Notes when sysstat read, and how far the samples beside it are apart. */
void sysstat_note_reading(struct sysstat *s, const struct trace_read *reading, const struct sysstat_bracket *b);

/* A figure of theirs, to be settled with what the samples allow. */
struct sysstat_figure *sysstat_add_figure(struct sysstat *s, const struct sysstat_table *t, int row, int column);
void sysstat_settle_figure(struct sysstat *s, struct sysstat_figure *f, double low, double high);

/* Compares a whole table; false, and why, when that cannot be done. */
bool sysstat_compare_shares(struct recording *r, const struct sysstat_table *t, const struct sysstat_run *run,
			    struct sysstat *out, char why[160]);
bool sysstat_compare_gauges(struct recording *r, const struct sysstat_table *t, const struct sysstat_run *run,
			    struct sysstat *out, char why[160]);

#endif
