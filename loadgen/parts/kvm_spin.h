/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual CPU that spins, through /dev/kvm itself: no guest image, a page of real-mode code, and one in which it
 * counts its rounds and KVM writes how long it was kept waiting. What vcpu and steal have in common.
 */
#ifndef FUKA_KVM_SPIN_H
#define FUKA_KVM_SPIN_H

#include "loadgen/harness/loadgen.h"

#include <stdbool.h>
#include <stdint.h>

#define KVM_SPIN_BYTES 8192

/* QEMU emulates AMD's virtualization and not Intel's; on an Intel CPU with KVM a scenario names kvm-intel itself. */
extern const char *const kvm_spin_modules[];

/* Whether /dev/kvm opens and is one: without a word. */
bool kvm_spin_possible(void);

/*
 * Starts a load of n workers, each of which has two pages, index * KVM_SPIN_BYTES from `pages`, and is to call
 * kvm_spin(): waits at the start line and declares them. NULL: *status is what run() then returns, and what this
 * machine or user lacks was said.
 */
char *kvm_spin_start(struct load *l, long n, void (*worker)(const void *pages, long index), int *status);
void kvm_spin_end(struct load *l);

/* Makes a machine of one virtual CPU in its pages and runs it: the caller's process becomes it. With `steal` KVM is to
 * tell it of stolen time. Ends the process with a message when it cannot. */
_Noreturn void kvm_spin(char *page, long index, bool steal);

/* What it has done since it was made. */
uint64_t kvm_spin_rounds(const char *page);

/* ns that it wanted to run and had no CPU: struct kvm_steal_time, as KVM wrote it when it last began to run. */
uint64_t kvm_spin_stolen_ns(const char *page);

/* Rounds a second of the same loop outside, measured now. */
double kvm_spin_native(void);

/*
 * Of the architecture, in kvm_spin_ARCH.c, as kvm_spin_modules and the figures above are. The machine in the page: its
 * virtual CPU's descriptor or -errno, said. And asking KVM to tell that CPU of stolen time: 0 or -errno, said.
 */
int kvm_spin_vcpu(char *page, long index);
int kvm_spin_ask_for_steal(int cpu, long index);

/* Says that `what` failed for that virtual CPU, and why by errno, which it returns as a negative. */
int kvm_spin_failed(const char *what, long index);

#endif
