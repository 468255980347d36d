/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel module's faults as loads: one generator each, whose parameters are the fault's own (kmod/FAMILY.h) and
 * those of contexts and triggers. So a timeline starts, stops, declares and records them as it does generators, and a
 * process of their own holds /dev/fuka open: when it dies, the fault is disarmed.
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

/* load_spec_init() and what only faults have: their task is nobody's victim. */
int fault_spec_init(struct load_spec *s, const struct generator *g);
/* What the module's record calls it. -EINVAL when that is too long or has characters that the module refuses. */
int fault_spec_label(struct load_spec *s, const char *label);

/* Whether a parameter belongs into `trigger:`. */
bool fault_is_trigger(const char *name);

/* Whether the module is to be loaded by the fault itself, in the context init. */
bool fault_in_init(const struct load_spec *s);
bool fault_needs_cpus(const struct load_spec *s);

/* The contexts a fault makes sense in, "caller softirq timer …". */
void fault_contexts(const struct generator *g, char *buf, size_t size);

/* Loads the module as modprobe would: with what the kernel's command line has as fuka.NAME=VALUE, and `more`. */
int fault_load_module(const char *more);

#endif
