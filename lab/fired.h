/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel module recorded of itself (kmod/lane.c), judged: which fault acted, where it found itself. */
#ifndef FUKA_FIRED_H
#define FUKA_FIRED_H

#include "lab/verdict.h"

bool fired_context_known(const char *name);
const char *fired_contexts(void); /* "caller, softirq, …" */

/*
 * Whether a fault fired as expected: as often (count, else once or more), in time (by), for the entry (id), and in the
 * context, of which the module's word is not enough: what it found (in_task, serving_softirq, in_hardirq) must agree.
 * Unknown when its record cannot be read, or it recorded nothing whatever.
 */
enum judgement fired_judge(struct recording *r, uint64_t t0_ns, const struct expectation *e, char *seen, size_t size);

#endif
