// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which packets a trigger of the module means: kmod/core/packet.c as it is, over what it asks of the kernel. Packets are bytes
 * made by hand; one that ends before what is looked for is no match.
 */
#include "kmod/uapi.h"
#include "tests/unit/tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What packet.c has of the kernel. */
#define FUKA_KMOD_CORE_H
#define IP_OFFSET 0x1fff

typedef uint8_t u8;

struct sk_buff {
	const unsigned char *data;
	unsigned int len;
};

static void *skb_header_pointer(const struct sk_buff *skb, int at, int bytes, void *buffer)
{
	if (at < 0 || bytes > (int)skb->len - at)
		return NULL;
	return memcpy(buffer, skb->data + at, bytes);
}

/* Hop-by-hop options and fragments, as exthdrs_core.c walks them. */
static int ipv6_skip_exthdr(const struct sk_buff *skb, int at, u8 *next, uint16_t *fragment)
{
	for (;;) {
		const unsigned char *h = skb->data + at;

		if (*next != IPPROTO_HOPOPTS && *next != IPPROTO_FRAGMENT)
			return at;
		if (*next == IPPROTO_FRAGMENT) {
			memcpy(fragment, h + 2, sizeof(*fragment));
			if (ntohs(*fragment) & ~7)
				return at;
		}
		at += *next == IPPROTO_FRAGMENT ? 8 : (h[1] + 1) * 8;
		*next = h[0];
	}
}

bool fuka_packet_is_sane(const struct fuka_packet *p);
bool fuka_packet_matches(const struct fuka_packet *p, struct sk_buff *skb, bool v6);

#include "kmod/core/packet.c"

static unsigned char bytes[256];
static size_t length;

static void begin(void)
{
	memset(bytes, 0, sizeof(bytes));
	length = 0;
}

static void put(const void *what, size_t n)
{
	memcpy(bytes + length, what, n);
	length += n;
}

static void v4(u8 protocol, const char *from, unsigned fragment, unsigned options)
{
	struct iphdr h = {.version = 4, .ihl = 5 + options, .protocol = protocol, .frag_off = htons(fragment)};

	begin();
	inet_pton(AF_INET, from, &h.saddr);
	put(&h, sizeof(h));
	length += options * 4;
}

static void v6(u8 next, const char *from)
{
	struct ipv6hdr h = {.version = 6, .nexthdr = next};

	begin();
	inet_pton(AF_INET6, from, &h.saddr);
	put(&h, sizeof(h));
}

static void udp(int port)
{
	struct udphdr h = {.source = htons(99), .dest = htons(port)};

	put(&h, sizeof(h));
	put("magic", 5);
}

static void tcp(int port, unsigned options)
{
	struct tcphdr h = {.source = htons(99), .dest = htons(port), .doff = 5 + options};

	put(&h, sizeof(h));
	memset(bytes + length, 1, options * 4);
	length += options * 4;
	put("magic", 5);
}

static void icmp(u8 type)
{
	const u8 h[8] = {type};

	put(h, sizeof(h));
	put("magic", 5);
}

static bool matches(const struct fuka_packet *p, bool is_v6)
{
	struct sk_buff skb = {.data = bytes, .len = length};

	return fuka_packet_matches(p, &skb, is_v6);
}

static struct fuka_packet wanted(u8 protocol, int port, const char *magic, const char *source, int bits)
{
	struct fuka_packet p = {.protocol = protocol, .port = port, .magic_length = strlen(magic), .source_bits = bits};

	memcpy(p.magic, magic, strlen(magic));
	p.version = strchr(source, ':') ? 6 : *source ? 4 : 0;
	if (*source)
		inet_pton(p.version == 6 ? AF_INET6 : AF_INET, source, p.source);
	return p;
}

static void ports(void)
{
	struct fuka_packet p = wanted(IPPROTO_UDP, 7777, "", "", 0), any = wanted(IPPROTO_UDP, 0, "", "", 0),
			   data = wanted(IPPROTO_UDP, 7777, "mag", "", 0),
			   other = wanted(IPPROTO_UDP, 7777, "mac", "", 0);

	v4(IPPROTO_UDP, "10.0.0.1", 0, 0);
	udp(7777);
	ok(matches(&p, false) && matches(&any, false), "UDP to the port, and to any");
	ok(matches(&data, false) && !matches(&other, false), "its data");
	length -= 3;
	ok(!matches(&data, false), "data that ends too early");
	v4(IPPROTO_UDP, "10.0.0.1", 0, 2);
	udp(7777);
	ok(matches(&data, false), "behind IP options");
	v4(IPPROTO_UDP, "10.0.0.1", 0, 0);
	udp(99);
	ok(!matches(&p, false) && matches(&any, false), "from another port to another");
	v4(IPPROTO_TCP, "10.0.0.1", 0, 0);
	tcp(7777, 0);
	ok(!matches(&p, false), "TCP is not UDP");
	v6(IPPROTO_UDP, "::1");
	udp(7777);
	ok(matches(&data, true), "over IPv6");
}

static void data(void)
{
	struct fuka_packet t = wanted(IPPROTO_TCP, 80, "magic", "", 0), echo = wanted(IPPROTO_ICMP, 0, "magic", "", 0);

	v4(IPPROTO_TCP, "10.0.0.1", 0, 0);
	tcp(80, 0);
	ok(matches(&t, false), "TCP without options");
	v4(IPPROTO_TCP, "10.0.0.1", 0, 0);
	tcp(80, 3);
	ok(matches(&t, false), "TCP's options are not its data");
	v4(IPPROTO_ICMP, "10.0.0.1", 0, 0);
	icmp(ICMP_ECHO);
	ok(matches(&echo, false), "the data of an echo request");
	v4(IPPROTO_ICMP, "10.0.0.1", 0, 0);
	icmp(ICMP_ECHOREPLY);
	ok(!matches(&echo, false), "a reply is none");
	v6(IPPROTO_ICMPV6, "::1");
	icmp(ICMPV6_ECHO_REQUEST);
	ok(matches(&echo, true), "over IPv6");
	v6(IPPROTO_ICMPV6, "::1");
	icmp(ICMPV6_ECHO_REPLY);
	ok(!matches(&echo, true), "nor is one there");
}

static void fragments(void)
{
	struct fuka_packet p = wanted(IPPROTO_UDP, 7777, "", "", 0), all = wanted(0, 0, "", "", 0);
	u8 first[8] = {IPPROTO_UDP, 0, 0, 1}, later[8] = {IPPROTO_UDP, 0, 0, 9}, hop[8] = {IPPROTO_UDP};

	v4(IPPROTO_UDP, "10.0.0.1", 0x2000, 0);
	udp(7777);
	ok(matches(&p, false) && matches(&all, false), "the first fragment");
	v4(IPPROTO_UDP, "10.0.0.1", 1, 0);
	udp(7777);
	ok(!matches(&p, false) && !matches(&all, false), "a later one has no header");
	v6(IPPROTO_FRAGMENT, "::1");
	put(first, sizeof(first));
	udp(7777);
	ok(matches(&p, true), "IPv6: the first fragment");
	v6(IPPROTO_FRAGMENT, "::1");
	put(later, sizeof(later));
	udp(7777);
	ok(!matches(&p, true) && !matches(&all, true), "IPv6: a later one");
	v6(IPPROTO_HOPOPTS, "::1");
	put(hop, sizeof(hop));
	udp(7777);
	ok(matches(&p, true), "IPv6: behind an extension header");
}

static void sources(void)
{
	static const struct {
		const char *from, *wanted;
		int bits;
		bool match;
	} all[] = {
		{"10.1.2.3", "10.1.2.3", 32, true},      {"10.1.2.4", "10.1.2.3", 32, false},
		{"192.0.15.255", "192.0.0.0", 20, true}, {"192.0.16.0", "192.0.0.0", 20, false},
		{"192.1.0.0", "192.0.0.0", 20, false},   {"10.255.0.1", "10.0.0.0", 8, true},
		{"11.0.0.1", "10.0.0.0", 8, false},      {"1.2.3.4", "0.0.0.0", 1, true},
		{"129.2.3.4", "0.0.0.0", 1, false},
	};
	struct fuka_packet six = wanted(IPPROTO_UDP, 0, "", "2001:db8::", 33);

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct fuka_packet p = wanted(IPPROTO_UDP, 0, "", all[i].wanted, all[i].bits);

		v4(IPPROTO_UDP, all[i].from, 0, 0);
		udp(1);
		ok(matches(&p, false) == all[i].match, "%s is %sof %s/%d", all[i].from, all[i].match ? "" : "not ",
		   all[i].wanted, all[i].bits);
	}
	v6(IPPROTO_UDP, "2001:db8:7fff::1");
	udp(1);
	ok(matches(&six, true), "of an IPv6 prefix of 33 bits");
	v6(IPPROTO_UDP, "2001:db8:8000::1");
	udp(1);
	ok(!matches(&six, true), "and not");
}

static void sane(void)
{
	struct fuka_packet p = wanted(IPPROTO_UDP, 7, "magic", "10.0.0.0", 32);

	ok(fuka_packet_is_sane(&p), "what user space sends");
	p.source_bits = 33;
	ok(!fuka_packet_is_sane(&p), "a prefix longer than the address");
	p.source_bits = 32;
	p.magic_length = FUKA_MAGIC_BYTES + 1;
	ok(!fuka_packet_is_sane(&p), "more magic than there is room for");
	p.magic_length = 0;
	p.protocol = IPPROTO_ICMP;
	ok(!fuka_packet_is_sane(&p), "a port of ICMP");
	p.port = 0;
	p.hook = FUKA_HOOKS;
	ok(!fuka_packet_is_sane(&p), "a hook that is none");
	p.hook = 0;
	p.version = 5;
	ok(!fuka_packet_is_sane(&p), "a version that is none");
}

int main(void)
{
	ports();
	data();
	fragments();
	sources();
	sane();
	return tap_end();
}
