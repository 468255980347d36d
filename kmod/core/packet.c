// SPDX-License-Identifier: GPL-2.0-or-later
/* Which packets match a trigger. In a hook before routing only skb->data is reliable, so every header is copied. */
#include "kmod/core/core.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

bool fuka_packet_is_sane(const struct fuka_packet *p)
{
	bool has_port = p->protocol == IPPROTO_UDP || p->protocol == IPPROTO_TCP;
	unsigned int bits = p->version == 4 ? 32 : p->version == 6 ? 128 : 0;

	if (p->hook >= FUKA_HOOKS || (p->version && p->version != 4 && p->version != 6))
		return false;
	if (p->protocol && p->protocol != IPPROTO_ICMP && !has_port)
		return false;
	return (!p->port || has_port) && p->source_bits <= bits && p->magic_length <= FUKA_MAGIC_BYTES &&
	       (!p->magic_length || p->protocol);
}

static bool bits_equal(const u8 *a, const u8 *b, unsigned int bits)
{
	u8 mask = 0xff << (8 - bits % 8);

	return !memcmp(a, b, bits / 8) && (bits % 8 == 0 || !((a[bits / 8] ^ b[bits / 8]) & mask));
}

/* Returns the offset of the transport header and sets its protocol, or returns -1 for a fragment without one. */
static int transport(const struct fuka_packet *p, struct sk_buff *skb, bool v6, u8 *protocol)
{
	if (v6) {
		struct ipv6hdr buf, *h = skb_header_pointer(skb, 0, sizeof(buf), &buf);
		__be16 fragment = 0;
		int at;

		if (!h || !bits_equal(h->saddr.s6_addr, p->source, p->source_bits))
			return -1;
		*protocol = h->nexthdr;
		at = ipv6_skip_exthdr(skb, sizeof(*h), protocol, &fragment);
		return fragment & htons(~0x7) ? -1 : at;
	} else {
		struct iphdr buf, *h = skb_header_pointer(skb, 0, sizeof(buf), &buf);

		if (!h || h->frag_off & htons(IP_OFFSET) ||
		    !bits_equal((const u8 *)&h->saddr, p->source, p->source_bits))
			return -1;
		*protocol = h->protocol;
		return h->ihl * 4;
	}
}

/* Returns the length of the transport header if it matches, or -1. */
static int match_transport(const struct fuka_packet *p, struct sk_buff *skb, int at, bool v6, u8 protocol)
{
	u8 wanted = p->protocol == IPPROTO_ICMP && v6 ? IPPROTO_ICMPV6 : p->protocol;

	if (protocol != wanted)
		return -1;
	if (wanted == IPPROTO_UDP) {
		struct udphdr buf, *h = skb_header_pointer(skb, at, sizeof(buf), &buf);

		return h && (!p->port || h->dest == htons(p->port)) ? (int)sizeof(buf) : -1;
	} else if (wanted == IPPROTO_TCP) {
		struct tcphdr buf, *h = skb_header_pointer(skb, at, sizeof(buf), &buf);

		return h && (!p->port || h->dest == htons(p->port)) ? h->doff * 4 : -1;
	} else {
		u8 buf, *type = skb_header_pointer(skb, at, sizeof(buf), &buf);

		return type && *type == (v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO) ? 8 : -1;
	}
}

bool fuka_packet_matches(const struct fuka_packet *p, struct sk_buff *skb, bool v6)
{
	u8 protocol, buf[FUKA_MAGIC_BYTES], *magic;
	int at = transport(p, skb, v6, &protocol), length;

	if (at < 0)
		return false;
	if (!p->protocol)
		return true;
	length = match_transport(p, skb, at, v6, protocol);
	if (length < 0 || !p->magic_length)
		return length >= 0;
	magic = skb_header_pointer(skb, at + length, p->magic_length, buf);
	return magic && !memcmp(magic, p->magic, p->magic_length);
}
