/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual CPU that spins, by /dev/kvm directly: there is no guest image, only a page of real-mode code, and one in
 * which it counts its rounds and KVM writes the stolen time. This is what vcpu and steal have in common.
 */
#ifndef FUKA_KVM_SPIN_H
#define FUKA_KVM_SPIN_H

#include "loadgen/harness/loadgen.h"

#include <stdbool.h>
#include <stdint.h>

#define KVM_SPIN_BYTES 8192

/*
 * kvm-amd, because QEMU emulates AMD's virtualization and not Intel's; on an Intel CPU with KVM the scenario must name
 * kvm-intel.
 */
extern const char *const kvm_spin_modules[];

/* Whether /dev/kvm can be opened and is KVM; prints nothing. */
bool kvm_spin_possible(void);

/*
 * Starts a load of n workers. Each has two pages, at pages + index * KVM_SPIN_BYTES, and must call kvm_spin(). Waits at
 * the start line and declares the workers. On NULL, *status is what run() must return, and the reason was reported.
 */
char *kvm_spin_start(struct load *l, long n, void (*worker)(const void *pages, long index), int *status);
void kvm_spin_end(struct load *l);

/*
 * Makes a machine of one virtual CPU in its pages and runs it in the calling process. With `steal` KVM reports stolen
 * time to it. Ends the process with a message on failure.
 */
_Noreturn void kvm_spin(char *page, long index, bool steal);

/* The number of rounds since the machine was made. */
uint64_t kvm_spin_rounds(const char *page);

/*
 * Time in ns for which it wanted to run and had no CPU, from struct kvm_steal_time, which KVM updates when it begins to
 * run.
 */
uint64_t kvm_spin_stolen_ns(const char *page);

/* Measures the rounds per second of the same loop outside. */
double kvm_spin_native(void);

/*
 * Defined in kvm_spin_ARCH.c, as kvm_spin_modules and the figures above are. kvm_spin_vcpu() makes the machine in the
 * page and returns its virtual CPU's descriptor; kvm_spin_ask_for_steal() makes KVM report stolen time to that CPU and
 * returns 0. Both return -errno with a message on failure.
 */
int kvm_spin_vcpu(char *page, long index);
int kvm_spin_ask_for_steal(int cpu, long index);

/* Logs that `what` failed for that virtual CPU, with errno's message. Returns -errno. */
int kvm_spin_failed(const char *what, long index);

#endif
