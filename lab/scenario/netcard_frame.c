// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds the Ethernet frames of the packets that `send: …, from: outside` sends to the guest's network card. */
#include "lab/guest/netcard.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#define PORT 40000 /* source port */
#define TTL  64

static const unsigned char guest_mac[] = {0x52, 0x54, 0, 0, 0, 2}, host_mac[] = {0x52, 0x54, 0, 0, 0, 1};

/*
 * Writes a UDP header, a TCP SYN or an echo request, followed by the payload, with a zero checksum. Returns the offset
 * of the checksum.
 */
static size_t put_transport(const struct send_values *v, bool v6, unsigned char *p, size_t *n)
{
	size_t head, bytes = strlen(v->payload), sum;

	if (v->udp > 0) {
		struct udphdr h = {.source = htons(PORT), .dest = htons(v->udp), .len = htons(sizeof(h) + bytes)};

		memcpy(p, &h, head = sizeof(h));
		sum = offsetof(struct udphdr, check);
	} else if (v->tcp > 0) {
		struct tcphdr h = {
			.source = htons(PORT), .dest = htons(v->tcp), .doff = 5, .syn = 1, .window = htons(1024)};

		memcpy(p, &h, head = sizeof(h));
		bytes = 0; /* a SYN has no payload */
		sum = offsetof(struct tcphdr, check);
	} else {
		struct icmphdr h = {.type = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO};

		memcpy(p, &h, head = sizeof(h));
		sum = offsetof(struct icmphdr, checksum);
	}
	memcpy(p + head, v->payload, bytes);
	*n = head + bytes;
	return sum;
}

static int protocol_of(const struct send_values *v, bool v6)
{
	return v->udp > 0 ? IPPROTO_UDP : v->tcp > 0 ? IPPROTO_TCP : v6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
}

/* The checksum of UDP, TCP and ICMPv6 covers the addresses and the protocol too, unlike that of ICMP. */
static uint16_t transport_sum(const void *addresses, size_t address_bytes, int protocol, const unsigned char *p,
			      size_t n)
{
	uint32_t sum = protocol == IPPROTO_ICMP ? 0 : send_sum(protocol + n, addresses, address_bytes);

	return send_sum_end(send_sum(sum, p, n));
}

static size_t put_v4(const struct send_values *v, unsigned char *p)
{
	struct iphdr h = {.version = 4, .ihl = 5, .ttl = TTL, .protocol = protocol_of(v, false)};
	size_t n, at = put_transport(v, false, p + sizeof(h), &n);
	uint16_t sum;

	h.tot_len = htons(sizeof(h) + n);
	inet_pton(AF_INET, NETCARD_HOST_V4, &h.saddr);
	inet_pton(AF_INET, NETCARD_GUEST_V4, &h.daddr);
	h.check = send_sum_end(send_sum(0, &h, sizeof(h)));
	memcpy(p, &h, sizeof(h));
	sum = transport_sum(&h.saddr, 2 * sizeof(h.saddr), h.protocol, p + sizeof(h), n);
	memcpy(p + sizeof(h) + at, &sum, sizeof(sum));
	return sizeof(h) + n;
}

static size_t put_v6(const struct send_values *v, unsigned char *p)
{
	struct ip6_hdr h = {.ip6_flow = htonl(6u << 28)};
	size_t n, at = put_transport(v, true, p + sizeof(h), &n);
	uint16_t sum;

	h.ip6_plen = htons(n);
	h.ip6_nxt = protocol_of(v, true);
	h.ip6_hlim = TTL;
	inet_pton(AF_INET6, NETCARD_HOST_V6, &h.ip6_src);
	inet_pton(AF_INET6, NETCARD_GUEST_V6, &h.ip6_dst);
	memcpy(p, &h, sizeof(h));
	sum = transport_sum(&h.ip6_src, 2 * sizeof(h.ip6_src), h.ip6_nxt, p + sizeof(h), n);
	memcpy(p + sizeof(h) + at, &sum, sizeof(sum));
	return sizeof(h) + n;
}

int netcard_frame(const struct send_values *v, unsigned char frame[NETCARD_FRAME_MAX])
{
	const char *to = v->to ? v->to : NETCARD_GUEST_V4;
	bool v6 = !strcmp(to, NETCARD_GUEST_V6);
	struct ether_header *eth = (struct ether_header *)frame;

	if (!v6 && strcmp(to, NETCARD_GUEST_V4))
		return -EINVAL;
	memset(frame, 0, NETCARD_FRAME_MAX);
	memcpy(eth->ether_dhost, guest_mac, ETH_ALEN);
	memcpy(eth->ether_shost, host_mac, ETH_ALEN);
	eth->ether_type = htons(v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	size_t n = sizeof(*eth) + (v6 ? put_v6 : put_v4)(v, frame + sizeof(*eth));

	return n < ETH_ZLEN ? ETH_ZLEN : (int)n;
}
