/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtual CPU that counts in a loop, for the proof of KVM, defined in kvm_loop_ARCH.c. */
#ifndef FUKA_KVM_LOOP_H
#define FUKA_KVM_LOOP_H

#include <stdint.h>

/*
 * Makes it with /dev/kvm. Returns its descriptor for KVM_RUN, or -1 with errno set and the call that failed in *what.
 */
int kvm_loop_make(const char **what);

/* Reads its count. Returns 0, or -1 with errno set. */
int kvm_loop_count(int cpu, uint64_t *count);

#endif
