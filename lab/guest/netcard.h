/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's network card (machine: {network: true}): its addresses, the frames that the host (lab/host/netcard.h)
 * sends to it, and how the guest brings it up.
 */
#ifndef FUKA_NETCARD_H
#define FUKA_NETCARD_H

#include "loadgen/generators/send.h"

/* Addresses for documentation (RFC 5737 and 3849), which no real host has. */
#define NETCARD_GUEST_V4 "192.0.2.2"
#define NETCARD_HOST_V4  "192.0.2.1"
#define NETCARD_GUEST_V6 "2001:db8::2"
#define NETCARD_HOST_V6  "2001:db8::1"
#define NETCARD_BITS_V4  24
#define NETCARD_BITS_V6  64

#define NETCARD_GUEST_MAC "52:54:00:00:00:02"

#define NETCARD_FRAME_MAX 1514

/*
 * Makes the frame that the host sends for a `send:`. Returns its length, or -EINVAL if the address is not one of the
 * guest's.
 */
int netcard_frame(const struct send_values *v, unsigned char frame[NETCARD_FRAME_MAX]);

/* In the guest: assigns the card its addresses and brings it up. -errno with a message. */
int netcard_up(void);

#endif
