/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether KVM really works here: proof, not permission. /dev/kvm may open where stock guests hang on it.
 *
 *	1 open	/dev/kvm opens and speaks API version 12
 *	2 speed	a real-mode loop through the API for 50 ms: at least 10 M iterations a second (hardware, or SVM inside
 *		TCG, gives about 450 M; software-emulated nesting 0.65 M)
 *	3 boot	QEMU with -accel kvm boots the kernel to "Run /init" within a limit (2 s; FUKA_KVM_BOOT_MS overrides)
 *
 * The outcome is cached by boot id below kernel_home()/cache.
 */
#ifndef FUKA_KVM_PROOF_H
#define FUKA_KVM_PROOF_H

#include "lab/pack/kernel.h"

#include <stdbool.h>

struct kvm_proof {
	bool works;
	int stage;     /* how far it came: 1 open, 2 speed, 3 boot; the stage that failed, or 3 */
	double loops;  /* iterations a second in stage 2, 0 when not reached */
	char why[256]; /* one sentence for people: "KVM works: …" or what failed and how */
	bool cached;
	bool passing; /* it says what is installed now, not what this machine is: not kept in the cache */
};

/* Runs the proof, or takes it from the cache unless `fresh`. Never fails: what cannot be shown does not work. */
void kvm_prove(const struct kernel *k, bool fresh, struct kvm_proof *out);

#endif
