// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends packets from inside the guest, over loopback: `send:` in a timeline. A process of its own sends them, because a
 * fault in softirq context runs in the context of the sender.
 */
#include "loadgen/generators/send.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INSIDE "127.0.0.1"

#define AT(member) offsetof(struct send_values, member)

static const struct param params[] = {
	{"udp", PARAM_INT, "", 1, 65535, NULL, "a UDP packet to this port", AT(udp)},
	{"tcp", PARAM_INT, "", 1, 65535, NULL, "an attempted TCP connection to this port", AT(tcp)},
	{"icmp", PARAM_BOOL, "false", 0, 0, NULL, "an echo request", AT(icmp)},
	{"to", PARAM_TEXT, NULL, 0, 0, NULL,
	 "the address: 127.0.0.1 (default) or ::1; from outside 192.0.2.2 (default) or 2001:db8::2", AT(to)},
	{"payload", PARAM_TEXT, "fuka", 0, 0, NULL, "payload of each packet", AT(payload)},
	{"count", PARAM_INT, "1", 1, 1e9, NULL, "number of packets", AT(count)},
	{"every", PARAM_TIME, "0s", 0, 3600e9, NULL, "time between two packets; 0s: none", AT(every)},
	{0},
};

int send_parse_address(const char *text, int port, union send_address *out, socklen_t *n)
{
	*out = (union send_address){0};
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(port);
		*n = sizeof(out->v4);
	} else if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(port);
		*n = sizeof(out->v6);
	} else {
		return -EINVAL;
	}
	return 0;
}

int send_port(const struct send_values *v)
{
	return v->udp > 0 ? v->udp : v->tcp > 0 ? v->tcp : 0;
}

static int check(const void *values, char why[PARAM_WHY])
{
	const struct send_values *v = values;
	union send_address a;
	socklen_t n;

	if ((v->udp > 0) + (v->tcp > 0) + v->icmp != 1)
		snprintf(why, PARAM_WHY, "send: expected exactly one of udp, tcp, icmp");
	else if (v->to && send_parse_address(v->to, 0, &a, &n))
		snprintf(why, PARAM_WHY, "send: to: '%.60s' is not an address such as 127.0.0.1 or ::1", v->to);
	else if (strlen(v->payload) > SEND_PAYLOAD_MAX)
		snprintf(why, PARAM_WHY, "send: payload: at most %d bytes", SEND_PAYLOAD_MAX);
	else
		return 0;
	return -EINVAL;
}

static int open_socket(const struct send_values *v, int family)
{
	if (v->udp > 0)
		return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (v->tcp > 0)
		return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return socket(family, SOCK_RAW | SOCK_CLOEXEC, family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
}

uint32_t send_sum(uint32_t sum, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	return sum;
}

uint16_t send_sum_end(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* The echo request, or just the payload. */
static size_t packet_bytes(const struct send_values *v, int family, unsigned char *buf)
{
	size_t n = strlen(v->payload), head = v->icmp ? sizeof(struct icmphdr) : 0;

	memset(buf, 0, head);
	memcpy(buf + head, v->payload, n);
	if (v->icmp) {
		buf[0] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
		/* the kernel computes ICMPv6's */
		uint16_t sum = family == AF_INET ? send_sum_end(send_sum(0, buf, head + n)) : 0;

		memcpy(buf + 2, &sum, sizeof(sum));
	}
	return head + n;
}

/* ECONNREFUSED is no error: a closed port has answered, so an earlier packet has arrived. */
static bool send_one(const struct send_values *v, int fd, const union send_address *to, socklen_t n, const void *packet,
		     size_t bytes)
{
	if (v->tcp > 0) {
		_cleanup_(sys_closep) int one = open_socket(v, to->any.sa_family);

		return one >= 0 && (!connect(one, &to->any, n) || errno == EINPROGRESS || errno == ECONNREFUSED);
	}
	return sendto(fd, packet, bytes, 0, &to->any, n) == (ssize_t)bytes || errno == ECONNREFUSED;
}

static int run(struct load *l, const void *values)
{
	const struct send_values *v = values;
	unsigned char packet[SEND_PAYLOAD_MAX + 64];
	union send_address to;
	socklen_t n = 0;
	int64_t sent = 0, tried = 0;

	send_parse_address(v->to ? v->to : INSIDE, send_port(v), &to, &n);
	size_t bytes = packet_bytes(v, to.any.sa_family, packet);
	_cleanup_(sys_closep) int fd = open_socket(v, to.any.sa_family);

	if (fd < 0)
		return say_err(FUKA_FAIL, "send: no socket: %s", strerror(errno));
	load_ready(l);
	while (tried++ < v->count && !load_stopping(l)) {
		sent += send_one(v, fd, &to, n, packet, bytes);
		if (v->every)
			load_wait(l, load_went_ns(l) + tried * v->every);
	}
	load_achieved(l, v->count, sent, "packets", sent == v->count || load_stopping(l));
	return FUKA_PASS;
}

const struct generator send_generator = {
	.name = "send",
	.about = "packets",
	.params = params,
	.values_size = sizeof(struct send_values),
	.check = check,
	.run = run,
};
