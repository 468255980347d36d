/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether KVM works on this host. It is tried, because /dev/kvm can be opened on hosts where guests hang with KVM.
 *
 *	1 open	/dev/kvm opens and speaks API version 12
 *	2 speed	a real-mode loop through the API for 50 ms: at least 10 M iterations a second (hardware, or SVM inside
 *		TCG, gives about 450 M; software-emulated nesting 0.65 M)
 *	3 boot	QEMU with KVM boots the kernel to "Run /init", on each board that runs use and with their CPU, each
 *		within a limit (2 s; FUKA_KVM_BOOT_MS overrides)
 *
 * The outcome is cached in kernel_home()/cache, with the boot id.
 */
#ifndef FUKA_KVM_PROOF_H
#define FUKA_KVM_PROOF_H

#include "lab/pack/kernel.h"

#include <stdbool.h>

struct kvm_proof {
	bool works;
	int stage;     /* the stage that failed, or 3: 1 open, 2 speed, 3 boot */
	double loops;  /* iterations per second in stage 2, 0 when not reached */
	char why[256]; /* one sentence for people: "KVM works: …", or what failed and how */
	bool cached;
	bool passing; /* it says what is installed now, not what this machine is: not kept in the cache */
};

/* Runs the proof, or takes it from the cache unless `fresh`. What cannot be proven counts as not working. */
void kvm_prove(const struct kernel *k, bool fresh, struct kvm_proof *out);

#endif
