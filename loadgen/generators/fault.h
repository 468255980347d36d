/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel module's faults as loads: one generator per fault, whose parameters are the fault's own
 * (kmod/families/FAMILY.h) and those of contexts and triggers. So a timeline starts, stops, declares and records them
 * like other generators. A process holds /dev/fuka open for each: when it dies, the fault is disarmed.
 */
#ifndef FUKA_FAULT_H
#define FUKA_FAULT_H

#include "loadgen/harness/loadgen.h"

#include <stdbool.h>
#include <stddef.h>

#define FAULT_MODULE "/fuka/ko/fuka.ko" /* in the guest */

/* The n-th fault as a generator, NULL after the last. */
const struct generator *fault_generator(size_t n);
const struct generator *fault_find(const char *name);
void fault_names(char *buf, size_t size);

/* load_spec_init(), and oom_score_adj -1000, because the OOM killer must not choose a fault's process. */
int fault_spec_init(struct load_spec *s, const struct generator *g);
/*
 * Sets the fault's label in the module's record. -EINVAL if it is too long or has characters that the module refuses.
 */
int fault_spec_label(struct load_spec *s, const char *label);

/* Whether a parameter belongs to `trigger:`. */
bool fault_is_trigger(const char *name);

/* Whether the fault itself loads the module: context init. */
bool fault_in_init(const struct load_spec *s);
bool fault_needs_cpus(const struct load_spec *s);

/* The contexts that a fault allows, "caller softirq timer …". */
void fault_contexts(const struct generator *g, char *buf, size_t size);

/* Loads the module as modprobe would, with the fuka.NAME=VALUE of the kernel's command line and with `more`. */
int fault_load_module(const char *more);

#endif
