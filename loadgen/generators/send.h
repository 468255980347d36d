/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `send:` of a timeline sends packets: from inside by a load of its own, over loopback; from outside by the host. */
#ifndef FUKA_SEND_H
#define FUKA_SEND_H

#include "loadgen/harness/loadgen.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define SEND_PAYLOAD_MAX 1024

struct send_values {
	int64_t udp, tcp, count, every;
	bool icmp;
	char *to, *payload;
};

union send_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Parses "192.0.2.2" or "::1", with a port, into *out and its size into *n; -EINVAL. */
int send_parse_address(const char *text, int port, union send_address *out, socklen_t *n);

/* The destination port, or 0 if there is none. */
int send_port(const struct send_values *v);

/* Adds n bytes to an Internet checksum, from `sum` on (0 at first); send_sum_end() makes it the field of a header. */
uint32_t send_sum(uint32_t sum, const void *bytes, size_t n);
uint16_t send_sum_end(uint32_t sum);

extern const struct generator send_generator;

#endif
