/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other end of the guest's network card (machine: {network: true}), which is fuka itself, over one socket to QEMU.
 * It sends the packets that a timeline sends from outside and drops what the guest sends; nothing reaches the host's
 * network.
 */
#ifndef FUKA_HOST_NETCARD_H
#define FUKA_HOST_NETCARD_H

#include "lab/scenario/scenario.h"

/* What is still to be sent for one entry. */
struct netcard_send {
	const struct entry *entry;
	int64_t sent;
	uint64_t next_ns;
};

struct netcard {
	int fd; /* -1 when the machine has no network */
	struct netcard_send send[16];
	int sends;
};

/* Begins to send an entry's packets. Returns -EBUSY when too many entries are being sent already. */
int netcard_begin(struct netcard *o, const struct entry *e);

/* Sends what is due and drops what came. Calls done() for each entry that is sent (err is 0) or that cannot be sent. */
void netcard_work(struct netcard *o, void (*done)(void *user, const struct netcard_send *s, int err), void *user);

/* Whether something due waits for space in the socket. */
bool netcard_waits(const struct netcard *o);

#endif
