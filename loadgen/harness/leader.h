/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A load's leader, which runs the generator. For the harness alone: loadgen.h is what generators see. */
#ifndef FUKA_LEADER_H
#define FUKA_LEADER_H

#include "loadgen/harness/ledger.h"
#include "loadgen/harness/profile.h"

struct load {
	int go_fd;     /* the leader waits here for its one byte */
	int report_fd; /* and speaks here */
	int signal_fd; /* SIGTERM: stop; SIGCHLD: a worker ended */
	int start[2];  /* workers wait for the end of this pipe */
	bool stopping;
	uint64_t went_ns;
	pid_t *worker;
	long workers;
	const char *generator;
	struct ledger ledger;
	struct profile profile;
};

/* What the leader's process does, the child of `parent`. */
void leader_main(const struct load_spec *s, struct load *l, pid_t parent);

#endif
