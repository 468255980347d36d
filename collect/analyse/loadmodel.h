/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The load average explained: the kernel's arithmetic (lib/kernel/loadavg.h) on the exact avenrun of the samples. Active tasks
 * are counted 10 ticks before the averages change; at each update one whole n must reproduce all three averages exactly,
 * else there is a residual.
 */
#ifndef FUKA_LOADMODEL_H
#define FUKA_LOADMODEL_H

#include "lib/record/recording.h"

#include <stdint.h>

/* One update (or `steps` of them that fell between two samples), relative to t0. */
struct load_update {
	int64_t after_ns;  /* the averages changed after this sample … */
	int64_t seen_ns;   /* … and were seen changed in this one */
	int64_t active_ns; /* when the kernel counted the tasks (10 ticks before the change, on the 5 s grid) */
	unsigned steps;    /* >= 1 */
	long n;            /* the whole n that explains it, or the nearest one */
	long declared;     /* what the generators declared at active_ns: R + D; -1 when nothing was declared yet */
	long residual;     /* largest |seen - formula(n)| of the three, in 1/2048; 0: exact */
	unsigned long before[3], after[3]; /* avenrun */
	char who[160];                     /* when n != declared: the tasks seen R or D nearest to active_ns, or "" */
};

struct load_model {
	struct load_update *update;
	size_t count;
	size_t exact;      /* updates with residual 0 */
	size_t exceptions; /* exact updates whose n is not the declared one */
	bool cut;          /* there are more samples than are kept */
	long worst;        /* largest residual */
	unsigned hz;
};

/* -ENODATA when there are not two samples with avenrun after t0. */
int load_model(struct recording *r, struct load_model *out);
void load_model_free(struct load_model *m);

#endif
