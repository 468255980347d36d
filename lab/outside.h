/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other end of the guest's network card (machine: {network: true}): fuka itself, over one socket to QEMU. It hands
 * in the packets that a timeline sends from outside and drops what the guest sends; nothing reaches the host's network.
 */
#ifndef FUKA_OUTSIDE_H
#define FUKA_OUTSIDE_H

#include "lab/scenario.h"

/* RFC 5737 and 3849: addresses for documentation, which mean nobody. */
#define OUTSIDE_GUEST_V4 "192.0.2.2"
#define OUTSIDE_HOST_V4  "192.0.2.1"
#define OUTSIDE_GUEST_V6 "2001:db8::2"
#define OUTSIDE_HOST_V6  "2001:db8::1"
#define OUTSIDE_BITS_V4  24
#define OUTSIDE_BITS_V6  64

#define OUTSIDE_GUEST_MAC "52:54:00:00:00:02"

#define OUTSIDE_FRAME_MAX 1514

/* The frame that an entry sends from outside; its length, or -EINVAL when its address is none of the guest's. */
int outside_frame(const struct entry *e, unsigned char frame[OUTSIDE_FRAME_MAX]);

/* What is still to be sent for one entry. */
struct outside_send {
	const struct entry *entry;
	int64_t sent;
	uint64_t next_ns;
};

struct outside {
	int fd; /* -1: the machine has no network */
	struct outside_send send[16];
	int sends;
};

/* From now on entry's packets are sent. -EBUSY when too many entries are being sent already. */
int outside_begin(struct outside *o, const struct entry *e);

/*
 * Hands in what is due and drops what came. Calls done() for each entry that is through, err 0, or that cannot be sent.
 */
void outside_work(struct outside *o, void (*done)(void *user, const struct outside_send *s, int err), void *user);

/* Whether something is waiting for room in the socket. */
bool outside_waits(const struct outside *o);

/* In the guest: gives its network card its addresses and brings it up. -errno, said. */
int outside_bring_up(void);

#endif
