/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the results of `fuka run` for people and for programs: text, JSON, JUnit XML, TAP. */
#ifndef FUKA_RESULTS_H
#define FUKA_RESULTS_H

#include "lab/host/run.h"

struct results {
	struct run *run;
	size_t count;
	/* with --repeat on the virtual clock, the outcome of comparing all runs of a scenario */
	struct {
		char scenario[64], text[256];
		bool same;
	} * identity;
	size_t identities;
};

/* Writes one verdict in full, every expectation with the value seen. */
void results_text(FILE *out, const struct run *run);

/* Writes one line per scenario and the count of each verdict, if there is more than one run. */
void results_summary(FILE *out, const struct results *r);

int results_json(FILE *out, const struct results *r);
int results_junit(const char *path, const struct results *r);
void results_tap(FILE *out, const struct results *r);

#endif
