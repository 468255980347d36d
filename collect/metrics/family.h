/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family of metrics: the figures of one source, or of a few alike. A family goes through a sample once and hands out
 * every figure that is in it, each with its metric's name; names, values and exports all come of that walk. What a metric
 * is for is in collect/metrics/metric.h; which families there are, in collect/metrics/list.h.
 */
#ifndef FUKA_METRICS_FAMILY_H
#define FUKA_METRICS_FAMILY_H

#include "collect/parse/cpu.h"
#include "collect/parse/lines.h"
#include "lib/record/recording.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_NAME 64 /* the longest name of a metric, with its end */

/* One figure of one sample. Its metric's name is prefix, word and suffix, and ".cpu3" behind them where per_cpu. */
struct figure {
	const char *prefix; /* "disk." */
	struct piece word;  /* what differs between two machines, as in the name: "vda", "active_anon" */
	const char *suffix; /* ".reads" */
	bool per_cpu;
	int cpu;
	double value;
	bool unlisted;               /* to be asked for: exports of all metrics do without it; those per CPU, too */
	struct piece kernels;        /* the word as the kernel has it: "Active(anon)", "NET_RX" */
	struct piece info, devices;  /* of an interrupt */
	bool kib;                    /* the kernel's own unit was kB; the value is in bytes */
	const struct cpu_line *line; /* of a share of CPU time: the counters that the next sample is compared with */
	enum cpu_mode mode;
};

/* Who takes the figures of a sample. */
struct figures {
	void (*take)(struct figures *to, const struct figure *g);
	bool all;     /* the lines of vmstat that node_exporter leaves out, too */
	bool per_cpu; /* the figures of each CPU as well */
	bool enough;  /* set by take(): no more are wanted of this sample */
};

/* A figure that has no more to it than its name. */
void figure(struct figures *to, const char *prefix, struct piece word, const char *suffix, double value);

/* The metric's name, cut where it does not fit. */
void figure_name(const struct figure *g, char *name, size_t size);
bool figure_is(const struct figure *g, const char *name);

/* A hash of that name, and of a name. */
uint64_t figure_hash(const struct figure *g);
uint64_t figure_hash_of(const char *name);

/* What a metric's name means, and the state that a walk over its samples carries. */
struct reading {
	const char *source, *unit;
	bool grows;    /* cumulative: rate.NAME is a metric, too */
	bool interval; /* the point covers the time since the sample before */
	bool per_cpu;  /* of one CPU */
	/* From a figure to the metric's value where it is not the same; false: this sample says nothing of it. */
	bool (*derive)(struct reading *x, const struct figure *g, const struct frame *f, double *value);
	const struct metric_family *family;
	char name[METRIC_NAME]; /* of the figure */
	bool rate;              /* growth a second since the sample before */

	uint64_t sample; /* in which it was last found, counted by the walk */
	double last;     /* rate: its value then */
	bool have_last;
	struct cpu_line before;
	bool have_before;   /* the sample before had it */
	uint64_t before_ns; /* time of the sample before */
};

struct metric_family {
	const char *const *sources; /* where its names are looked for; ends with NULL */
	/* Fills *x (zeroed before) where the name is one of its own. */
	bool (*resolve)(const char *name, struct reading *x);
	/* Hands out the figures of a sample, until they are enough. */
	void (*figures)(struct figures *to, const char *source, const struct frame *f);
};

/* Finds the family of a name, and what it means. */
bool reading_resolve(const char *name, struct reading *x);

/* Of list.h, in its order; ends with NULL. */
extern const struct metric_family *const metric_families[];

/* Names' words are lower-case letters, digits and underscores. */
bool name_is_word(const char *s, size_t n);

/* Length of a name without the ".cpu3" behind it; all of it when there is none. */
size_t name_without_cpu(const char *name);

/* A sample's lines. */
struct lines figures_lines(const struct frame *f);

#endif
