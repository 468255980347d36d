/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of one scenario: from a validated scenario to a recording and its verdict. */
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
	const char *accelerator; /* why this one, for people */
	char *dir;               /* the run's own directory */
	char *recording;         /* DIR/NAME.fuka */
	double wall_s, guest_s;
	struct verdict verdict;
	char vmcore[320]; /* what the memory dump holds, for people; "": there is none */
	bool keep;        /* the initramfs and the lanes stay in dir */
};

/* Whether this host has the memory that the scenario's guest and samples need; what is missing is said. */
int run_check_memory(const struct scenario *s);

/*
 * Makes the run's directory below `out`, packs, boots, watches, records, judges. Returns 0 when there is a verdict,
 * else -errno, said: then nothing was run. -EBADFD: the directory or the disk refused (usage).
 */
int run_scenario(struct run *run, const char *out);
void run_free(struct run *run);

/*
 * Compares two recordings byte by byte of every lane and the console. True when they are the same; else `where` names
 * the first difference.
 */
bool run_identical(const char *a, const char *b, char *where, size_t size);

#endif
