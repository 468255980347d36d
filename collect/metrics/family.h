/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family of metrics: the figures of one source, or of several similar ones. A family walks over a sample once and
 * emits every figure in it, each with its metric's name; names, values and exports are all made from that walk.
 * collect/metrics/metric.h describes metrics; collect/metrics/list.h lists the families.
 */
#ifndef FUKA_METRICS_FAMILY_H
#define FUKA_METRICS_FAMILY_H

#include "collect/parse/cpu.h"
#include "collect/parse/lines.h"
#include "lib/record/recording.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_NAME 64 /* longest metric name, including the NUL */

/* One figure of one sample. Its metric's name is prefix, word and suffix, followed by ".cpu3" if per_cpu. */
struct figure {
	const char *prefix; /* "disk." */
	struct piece word;  /* the part that differs between machines, as in the name: "vda", "active_anon" */
	const char *suffix; /* ".reads" */
	bool per_cpu;
	int cpu;
	double value;
	bool unlisted;               /* only by request: exports of all metrics omit it, and figures per CPU */
	struct piece kernels;        /* the word in the kernel's spelling: "Active(anon)", "NET_RX" */
	struct piece info, devices;  /* of an interrupt */
	bool kib;                    /* the kernel's unit is kB; the value is in bytes */
	const struct cpu_line *line; /* of a share of CPU time: the counters to compare with the next sample's */
	enum cpu_mode mode;
};

/* The receiver of a sample's figures. */
struct figures {
	void (*take)(struct figures *to, const struct figure *g);
	bool all;     /* include the lines of vmstat that node_exporter leaves out */
	bool per_cpu; /* include the figures of each CPU */
	bool enough;  /* set by take(): no more figures of this sample are needed */
};

/* Emits a figure that has only a name and a value. */
void figure(struct figures *to, const char *prefix, struct piece word, const char *suffix, double value);

/* Writes the metric's name, truncated if it does not fit. */
void figure_name(const struct figure *g, char *name, size_t size);
bool figure_is(const struct figure *g, const char *name);

/* Hashes of a figure's name and of a given name. */
uint64_t figure_hash(const struct figure *g);
uint64_t figure_hash_of(const char *name);

/* The machine's two lines of an interval (cpu_whole()), found once per sample for all its shares. */
struct reading_whole {
	uint64_t sample; /* the sample that they are of; 0: none yet */
	bool found;
	struct cpu_line line[2];
};

/* The meaning of a metric's name, and its state during a pass over the samples. */
struct reading {
	const char *source, *unit;
	bool grows;    /* cumulative, so that rate.NAME is a metric, too */
	bool interval; /* the point covers the time since the previous sample */
	bool per_cpu;  /* of one CPU */
	/* Derives the metric's value if it is not the figure itself; false: this sample has no value. */
	bool (*derive)(struct reading *x, const struct figure *g, const struct frame *f, double *value);
	const struct metric_family *family;
	char name[METRIC_NAME]; /* of the figure */
	bool rate;              /* growth per second since the previous sample */

	uint64_t sample; /* the sample in which it was last found */
	double last;     /* rate: its value in that sample */
	bool have_last;
	struct cpu_line before;
	bool have_before;            /* the previous sample had it */
	uint64_t before_ns;          /* time of the previous sample */
	struct piece text;           /* of the previous sample, if the family compares texts */
	struct reading_whole *whole; /* shared by the readings of a source, if the family compares texts */
};

struct metric_family {
	const char *const *sources; /* sources of its figures; NULL-terminated */
	/* Fills *x, which is zeroed, if the name belongs to this family. */
	bool (*resolve)(const char *name, struct reading *x);
	/* Emits the figures of a sample, until `enough` is set. */
	void (*figures)(struct figures *to, const char *source, const struct frame *f);
	bool compares; /* readings get the text of the previous sample */
};

/* Finds the family of a name, and its meaning. */
bool reading_resolve(const char *name, struct reading *x);

/* The families of list.h, in its order; NULL-terminated. */
extern const struct metric_family *const metric_families[];

/* Names' words are lower-case letters, digits and underscores. */
bool name_is_word(const char *s, size_t n);

/* Length of a name without a trailing ".cpu3". */
size_t name_without_cpu(const char *name);

/* A sample's lines. */
struct lines figures_lines(const struct frame *f);

#endif
