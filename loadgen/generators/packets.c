// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packets: sends UDP packets over loopback, or frames over a veth pair, at a rate, for load in the NET_RX softirq.
 *
 * A worker sends to itself and receives what arrives, so what is counted has gone through the whole stack. Each send
 * from process context raises one NET_RX softirq, which runs before the send returns; /proc/softirqs counts it.
 *
 * veth: each worker has a network namespace of its own, made by netlink, which ends with the worker. It needs
 * CAP_NET_ADMIN, or a kernel that lets an ordinary user create a user namespace, and the module veth. A packet costs
 * 5-10 us of CPU.
 */
#include "loadgen/parts/rate.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEAR_END      "fuka0"
#define FAR_END       "fuka1"
#define FRAME_TYPE    ETH_P_802_EX1 /* reserved for local experiments: no protocol handles it */
#define RECEIVE_BYTES (1 << 20)

#define OVERS(X) X(OVER_LOOPBACK, "loopback") X(OVER_VETH, "veth")
enum over {
	OVERS(PARAM_ID)
};

struct packets_values {
	double rate;
	int64_t over, size, workers;
};

static const struct param params[] = {
	{"rate", PARAM_NUMBER, "1000", 1, 10000000, "/s", "packets per second", offsetof(struct packets_values, rate)},
	{"over", PARAM_CHOICE, "loopback", 0, 0, PARAM_WORDS(OVERS),
	 "loopback: UDP on 127.0.0.1; veth: frames through a pair", offsetof(struct packets_values, over)},
	{"size", PARAM_SIZE, "64", 14, 1400, NULL, "bytes per packet", offsetof(struct packets_values, size)},
	{"workers", PARAM_INT, "1", 1, 1000, NULL, "senders, one per CPU, round robin",
	 offsetof(struct packets_values, workers)},
	{0},
};

struct sender {
	int out, in;
	size_t size;
};

/* --- loopback --- */

static bool is_up(const char *name)
{
	_cleanup_(sys_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {0};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	return fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &r) && r.ifr_flags & IFF_UP;
}

static int bring_up(const char *name)
{
	_cleanup_(sys_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {0};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &r))
		return -errno;
	r.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &r) ? -errno : 0;
}

static int open_loopback(struct sender *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(to);

	if (!is_up("lo"))
		return say_err(-ENETDOWN, "packets: the interface lo is down: ip link set lo up (needs CAP_NET_ADMIN)");
	s->in = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	s->out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->in < 0 || s->out < 0 || bind(s->in, (struct sockaddr *)&to, sizeof(to)) ||
	    getsockname(s->in, (struct sockaddr *)&to, &length) || connect(s->out, (struct sockaddr *)&to, sizeof(to)))
		return say_err(-errno, "packets: no UDP socket on 127.0.0.1: %s", strerror(errno));
	return 0;
}

/* --- veth --- */

/* A netlink message under construction. */
struct message {
	struct nlmsghdr head;
	struct ifinfomsg link;
	char rest[256];
};

static struct rtattr *attribute(struct message *m, int type, const void *bytes, size_t n)
{
	struct rtattr *a = (struct rtattr *)((char *)m + NLMSG_ALIGN(m->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(n);
	if (n)
		memcpy(RTA_DATA(a), bytes, n);
	m->head.nlmsg_len = NLMSG_ALIGN(m->head.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

/* Closes a nested attribute: it holds all attributes after it, up to the message's end. */
static void close_attribute(struct message *m, struct rtattr *a)
{
	a->rta_len = (char *)m + m->head.nlmsg_len - (char *)a;
}

/* ip link add fuka0 type veth peer name fuka1 */
static void veth_message(struct message *m)
{
	static const struct ifinfomsg none;

	*m = (struct message){.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
				       .nlmsg_type = RTM_NEWLINK,
				       .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK}};
	attribute(m, IFLA_IFNAME, NEAR_END, sizeof(NEAR_END));
	struct rtattr *info = attribute(m, IFLA_LINKINFO, NULL, 0);

	attribute(m, IFLA_INFO_KIND, "veth", 4);
	struct rtattr *data = attribute(m, IFLA_INFO_DATA, NULL, 0);
	struct rtattr *peer = attribute(m, VETH_INFO_PEER, &none, sizeof(none));

	attribute(m, IFLA_IFNAME, FAR_END, sizeof(FAR_END));
	close_attribute(m, peer);
	close_attribute(m, data);
	close_attribute(m, info);
}

static int make_veth(void)
{
	_cleanup_(sys_closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	struct message m;

	veth_message(&m);
	if (fd < 0 || send(fd, &m, m.head.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.head.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

/* Enters a network namespace of its own; without the privilege, a user namespace as well. */
static int own_network(void)
{
	if (!unshare(CLONE_NEWNET))
		return 0;
	if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return say_err(-errno,
			       "packets: no network namespace: %s; over: veth needs CAP_SYS_ADMIN, or user namespaces",
			       strerror(errno));
	return 0;
}

static int packet_socket(const char *name, int protocol)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	at.sll_ifindex = if_nametoindex(name);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)))
		sys_closep(&fd);
	return fd;
}

static int open_veth(struct sender *s)
{
	int r = own_network();

	if (r)
		return r;
	r = make_veth();
	if (r)
		return say_err(r, "packets: no veth pair: %s%s", strerror(-r),
			       r == -EOPNOTSUPP ? "; the module veth is missing" : "");
	r = bring_up(NEAR_END);
	r = r ? r : bring_up(FAR_END);
	s->out = packet_socket(NEAR_END, 0);
	s->in = packet_socket(FAR_END, FRAME_TYPE);
	if (r || s->out < 0 || s->in < 0)
		return say_err(r ? r : -errno, "packets: the veth pair cannot be used: %s", strerror(r ? -r : errno));
	return 0;
}

/* --- both --- */

static int open_sender(void *state, const void *values, long index)
{
	const struct packets_values *v = values;
	struct sender *s = state;
	int r = rate_pin(index), bytes = RECEIVE_BYTES;

	*s = (struct sender){.out = -1, .in = -1, .size = v->size};
	if (r)
		return say_err(r, "packets: worker %ld could not be tied to one CPU: %s", index, strerror(-r));
	r = v->over == OVER_VETH ? open_veth(s) : open_loopback(s);
	if (!r)
		setsockopt(s->in, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return r;
}

/* Sends each packet and receives what has arrived; what the stack dropped is missing from the rate. */
static int64_t burst(void *state, int64_t n, uint64_t until_ns)
{
	/* A broadcast Ethernet frame; over UDP the same bytes are just payload. */
	static struct {
		struct ethhdr head;
		char rest[1400];
	} packet = {.head = {.h_dest = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, .h_source = {2}}};
	struct sender *s = state;
	int64_t made = 0;
	char drop[16];

	(void)until_ns;
	packet.head.h_proto = htons(FRAME_TYPE);
	for (int64_t i = 0; i < n; i++) {
		if (send(s->out, &packet, s->size, 0) < 0)
			break;
		while (recv(s->in, drop, sizeof(drop), MSG_TRUNC) >= 0)
			made++;
	}
	return made;
}

static int run(struct load *l, const void *values)
{
	const struct packets_values *v = values;
	struct rate r = {
		.per_second = v->rate,
		.workers = v->workers,
		.unit = "packets/s",
		.open = open_sender,
		.burst = burst,
		.missed = "packets: off target: one worker uses one CPU; lower rate, or set workers to the number of "
			  "CPUs",
	};

	return rate_run(l, &r, v);
}

static const char *const *modules(const void *values)
{
	static const char *const veth[] = {"veth", NULL};

	return ((const struct packets_values *)values)->over == OVER_VETH ? veth : NULL;
}

static long tasks(const void *values)
{
	return ((const struct packets_values *)values)->workers;
}

const struct generator loadgen_packets = {
	.name = "packets",
	.about = "packets over loopback or a veth pair at a rate: load in the NET_RX softirq",
	.needs = "over: veth: CAP_NET_ADMIN or user namespaces, and the module veth",
	.modules = modules,
	.tasks = tasks,
	.params = params,
	.values_size = sizeof(struct packets_values),
	.profiled = true,
	.run = run,
};
