// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/outside.h"
#include "lab/send.h"
#include "lib/say.h"
#include "lib/sys.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CARD "eth0"
#define PORT 40000 /* where they come from */
#define TTL  64

/* --- frames --- */

static const unsigned char guest_mac[] = {0x52, 0x54, 0, 0, 0, 2}, host_mac[] = {0x52, 0x54, 0, 0, 0, 1};

/* UDP, TCP's SYN or an echo request, its payload behind it, its checksum still zero. Returns where that goes. */
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
		bytes = 0; /* the first packet of a connection carries nothing */
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

/* The checksum of UDP, TCP and ICMPv6 has the addresses and the protocol in it too, that of ICMP has not. */
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
	inet_pton(AF_INET, OUTSIDE_HOST_V4, &h.saddr);
	inet_pton(AF_INET, OUTSIDE_GUEST_V4, &h.daddr);
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
	inet_pton(AF_INET6, OUTSIDE_HOST_V6, &h.ip6_src);
	inet_pton(AF_INET6, OUTSIDE_GUEST_V6, &h.ip6_dst);
	memcpy(p, &h, sizeof(h));
	sum = transport_sum(&h.ip6_src, 2 * sizeof(h.ip6_src), h.ip6_nxt, p + sizeof(h), n);
	memcpy(p + sizeof(h) + at, &sum, sizeof(sum));
	return sizeof(h) + n;
}

int outside_frame(const struct entry *e, unsigned char frame[OUTSIDE_FRAME_MAX])
{
	const struct send_values *v = e->load.values;
	const char *to = v->to ? v->to : OUTSIDE_GUEST_V4;
	bool v6 = !strcmp(to, OUTSIDE_GUEST_V6);
	struct ether_header *eth = (struct ether_header *)frame;

	if (!v6 && strcmp(to, OUTSIDE_GUEST_V4))
		return -EINVAL;
	memset(frame, 0, OUTSIDE_FRAME_MAX);
	memcpy(eth->ether_dhost, guest_mac, ETH_ALEN);
	memcpy(eth->ether_shost, host_mac, ETH_ALEN);
	eth->ether_type = htons(v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	size_t n = sizeof(*eth) + (v6 ? put_v6 : put_v4)(v, frame + sizeof(*eth));

	return n < ETH_ZLEN ? ETH_ZLEN : (int)n;
}

/* --- sending --- */

int outside_begin(struct outside *o, const struct entry *e)
{
	if (o->sends == (int)(sizeof(o->send) / sizeof(*o->send)))
		return -EBUSY;
	o->send[o->sends++] = (struct outside_send){.entry = e};
	return 0;
}

/* Sends what is due of one entry. 1: through; 0: there is more, now or later; -errno. */
static int work_one(const struct outside *o, struct outside_send *s)
{
	const struct send_values *v = s->entry->load.values;
	unsigned char frame[OUTSIDE_FRAME_MAX];
	int n = outside_frame(s->entry, frame);

	while (n > 0 && s->sent < v->count && sys_now_ns() >= s->next_ns) {
		if (send(o->fd, frame, n, MSG_DONTWAIT | MSG_NOSIGNAL) != n)
			return errno == EAGAIN ? 0 : -errno;
		s->sent++;
		s->next_ns = v->every ? sys_now_ns() + v->every : 0;
	}
	return n < 0 ? n : s->sent == v->count;
}

void outside_work(struct outside *o, void (*done)(void *user, const struct outside_send *s, int err), void *user)
{
	char drop[64];

	while (o->fd >= 0 && recv(o->fd, drop, sizeof(drop), MSG_DONTWAIT) > 0)
		continue;
	for (int i = 0; i < o->sends;) {
		int r = work_one(o, &o->send[i]);

		if (!r) {
			i++;
			continue;
		}
		done(user, &o->send[i], r < 0 ? r : 0);
		o->send[i] = o->send[--o->sends];
	}
}

bool outside_waits(const struct outside *o)
{
	for (int i = 0; i < o->sends; i++)
		if (sys_now_ns() >= o->send[i].next_ns)
			return true;
	return false;
}

/* --- the guest's end --- */

static int set_up_v4(int fd)
{
	struct ifreq r = {.ifr_name = CARD};
	struct sockaddr_in *a = (struct sockaddr_in *)&r.ifr_addr;

	a->sin_family = AF_INET;
	inet_pton(AF_INET, OUTSIDE_GUEST_V4, &a->sin_addr);
	if (ioctl(fd, SIOCSIFADDR, &r))
		return -errno;
	a->sin_addr.s_addr = htonl(~0u << (32 - OUTSIDE_BITS_V4));
	if (ioctl(fd, SIOCSIFNETMASK, &r))
		return -errno;
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &r) ? -errno : 0;
}

/* linux/ipv6.h, which does not go together with netinet/. */
struct in6_ifreq {
	struct in6_addr address;
	uint32_t bits;
	int index;
};

static int set_up_v6(int fd)
{
	struct in6_ifreq r = {.bits = OUTSIDE_BITS_V6, .index = if_nametoindex(CARD)};

	inet_pton(AF_INET6, OUTSIDE_GUEST_V6, &r.address);
	return ioctl(fd, SIOCSIFADDR, &r) ? -errno : 0;
}

int outside_bring_up(void)
{
	_cleanup_(sys_closep) int v4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	_cleanup_(sys_closep) int v6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* Nobody else is there: no second of asking whether the address is somebody's. */
	sys_write_knob("/proc/sys/net/ipv6/conf/" CARD "/accept_dad", "0");
	int r = v4 < 0 ? -errno : set_up_v4(v4);

	if (!r)
		r = v6 < 0 ? -EAFNOSUPPORT : set_up_v6(v6);
	return r ? say_err(r, CARD ": the network card could not be set up: %s", strerror(-r)) : 0;
}
