/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches a machine from its first instruction to its end, at most until its deadline. */
#ifndef FUKA_SUPERVISE_H
#define FUKA_SUPERVISE_H

#include "lab/host/machine.h"
#include "lab/host/netcard.h"
#include "lib/record/recorder.h"

#include <stdbool.h>
#include <stdint.h>

/* The host's events in order, as lines for the host's lane. */
struct supervise_events {
	char **line;
	size_t count;
};

/* Which requests the guest made for one entry of the timeline: each entry may be requested once and taken back once. */
struct supervise_asked {
	bool there, back;
};

struct supervision {
	struct machine *machine;
	const struct scenario *scenario;
	struct follower live;      /* follows the lanes while the guest runs … */
	struct recorder *recorder; /* … into here on the real clock (the rings overwrite); NULL on the virtual one */
	const char *dir;
	uint64_t deadline_ns;
	bool progress; /* to a terminal */
	struct supervise_events events;
	struct supervise_asked *asked; /* by entry */
	unsigned long long refused;    /* number of requests that the timeline does not have … */
	char refused_id[64];           /* … and the first of them */
	const struct entry *unplugs;   /* what QEMU is unplugging, until the guest has released it */
	struct netcard outside;
	/* progress */
	uint64_t t0_ns, guest_ns, shown_ns;
	double load1;
	long free_mib;
	char phase[32], last[112];
	bool dumped;               /* the machine's memory is in MACHINE_VMCORE */
	char how[24], detail[160]; /* how it ended: panic, poweroff, killed, deadline, bound, interrupted */
};

/* Limit for the console and for QEMU's own log; a machine that writes more is ended as "bound". */
#define SUPERVISE_FILE_MAX (256ull << 20)

/* Returns when the machine has ended and is reaped; the last of events is "event=ended how=… detail=…". */
void supervise_machine(struct supervision *w);
void supervise_free(struct supervision *w);

/*
 * A follow_fn; `user` is the struct supervision. Does what the guest requests with this frame and passes it to the
 * recorder.
 */
int supervise_frame(const struct frame *f, void *user);

/* Makes SIGINT, SIGTERM and SIGHUP end the supervised machine as "interrupted". */
void supervise_signals(void);
bool supervise_interrupted(void);

#endif
