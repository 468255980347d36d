/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches a machine from its first instruction to its end, and never longer than its deadline. */
#ifndef FUKA_WATCH_H
#define FUKA_WATCH_H

#include "lab/machine.h"
#include "lab/outside.h"
#include "lab/recorder.h"

#include <stdbool.h>
#include <stdint.h>

/* What the host saw, as lines for the host's lane, in order. */
struct watch_events {
	char *line[64];
	int count;
};

struct watch {
	struct machine *machine;
	const struct scenario *scenario;
	struct follower live;      /* follows the lanes while the guest lives … */
	struct recorder *recorder; /* … into here on the real clock (the rings overwrite); NULL on the virtual one */
	const char *dir;
	uint64_t deadline_ns;
	bool progress; /* to a terminal */
	struct watch_events events;
	const struct entry *unplugs; /* what QEMU was asked to unplug, until the guest has let go of it */
	struct outside outside;
	/* progress */
	uint64_t t0_ns, guest_ns, shown_ns;
	double load1;
	long free_mib;
	char phase[32], last[112];
	bool dumped;               /* its memory is in MACHINE_VMCORE */
	char how[24], detail[160]; /* how it ended: panic, poweroff, killed, deadline, interrupted */
};

/* Returns when the machine has ended and is reaped; the last of events is "event=ended how=… detail=…". */
void watch_machine(struct watch *w);
void watch_free(struct watch *w);

/* From now on SIGINT and SIGTERM end the machine that is watched, as "interrupted". */
void watch_signals(void);
bool watch_interrupted(void);

#endif
