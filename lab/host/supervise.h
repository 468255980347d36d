/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches a machine from its first instruction to its end, and never longer than its deadline. */
#ifndef FUKA_SUPERVISE_H
#define FUKA_SUPERVISE_H

#include "lab/host/machine.h"
#include "lab/host/netcard.h"
#include "lib/record/recorder.h"

#include <stdbool.h>
#include <stdint.h>

/* What the host saw, as lines for the host's lane, in order. */
struct supervise_events {
	char **line;
	size_t count;
};

/* What the guest asked of one entry of the timeline: each entry may be asked for once, and once back. */
struct supervise_asked {
	bool there, back;
};

struct supervision {
	struct machine *machine;
	const struct scenario *scenario;
	struct follower live;      /* follows the lanes while the guest lives … */
	struct recorder *recorder; /* … into here on the real clock (the rings overwrite); NULL on the virtual one */
	const char *dir;
	uint64_t deadline_ns;
	bool progress; /* to a terminal */
	struct supervise_events events;
	struct supervise_asked *asked; /* by entry */
	unsigned long long refused;    /* requests that the timeline does not have … */
	char refused_id[64];           /* … the first */
	const struct entry *unplugs;   /* what QEMU was asked to unplug, until the guest has let go of it */
	struct netcard outside;
	/* progress */
	uint64_t t0_ns, guest_ns, shown_ns;
	double load1;
	long free_mib;
	char phase[32], last[112];
	bool dumped;               /* its memory is in MACHINE_VMCORE */
	char how[24], detail[160]; /* how it ended: panic, poweroff, killed, deadline, bound, interrupted */
};

/* The console and QEMU's own log may grow to this; a machine that writes more is ended, "bound". */
#define SUPERVISE_FILE_MAX (256ull << 20)

/* Returns when the machine has ended and is reaped; the last of events is "event=ended how=… detail=…". */
void supervise_machine(struct supervision *w);
void supervise_free(struct supervision *w);

/* A follow_fn, `user` is the watch: does what the guest asks for with this frame, and gives it to the recorder. */
int supervise_frame(const struct frame *f, void *user);

/* From now on SIGINT and SIGTERM end the machine that is watched, as "interrupted". */
void supervise_signals(void);
bool supervise_interrupted(void);

#endif
