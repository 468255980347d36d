/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of one scenario, from a validated scenario to a recording and its verdict. */
#ifndef FUKA_RUN_H
#define FUKA_RUN_H

#include "lab/pack/kernel.h"
#include "lab/scenario/scenario.h"
#include "lab/expect/verdict.h"

#include <stdbool.h>

struct run {
	const struct scenario *scenario;
	const struct kernel *kernel;
	bool kvm;
	const char *accelerator; /* which accelerator and why, for people */
	char *dir;               /* the run's own directory */
	char *recording;         /* DIR/NAME.fuka */
	double wall_s, guest_s;
	struct verdict verdict;
	char vmcore[320]; /* what the memory dump holds, for people; "" when there is none */
	bool keep;        /* keep the initramfs and the lanes in dir */
};

/*
 * Returns 0 when this host has the memory that the scenario's guest and samples need, otherwise -errno with a message.
 */
int run_check_memory(const struct scenario *s);

/*
 * Makes the run's directory in `out`, packs, boots, supervises, records and judges. Returns 0 when there is a verdict,
 * otherwise -errno with a message; nothing was run then.
 */
int run_scenario(struct run *run, const char *out);
void run_free(struct run *run);

/*
 * Compares every byte of two recordings, all lanes and the console. Returns true when they are the same; otherwise
 * `where` names the first difference.
 */
bool run_identical(const char *a, const char *b, char *where, size_t size);

#endif
