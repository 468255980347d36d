/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the load average: the kernel's arithmetic (lib/kernel/loadavg.h) applied to the exact avenrun of the
 * samples. The kernel counts active tasks 10 ticks before the averages change; at each update one whole n must
 * reproduce all three averages exactly, else there is a residual.
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
	long declared;     /* number declared by the generators at active_ns: R + D; -1 if none yet */
	long residual;     /* largest |seen - formula(n)| of the three, in 1/2048; 0: exact */
	unsigned long before[3], after[3]; /* avenrun */
	char who[160];                     /* if n != declared: the tasks seen in R or D nearest to active_ns, or "" */
};

struct load_model {
	struct load_update *update;
	size_t count;
	size_t exact;      /* updates with residual 0 */
	size_t exceptions; /* exact updates whose n is not the declared one */
	bool cut;          /* the recording has more samples than the limit */
	long worst;        /* largest residual */
	unsigned hz;
};

/* -ENODATA if there are fewer than two samples with avenrun after t0. */
int load_model(struct recording *r, struct load_model *out);
void load_model_free(struct load_model *m);

#endif
