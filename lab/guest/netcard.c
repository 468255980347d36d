// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/guest/netcard.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CARD "eth0"

static int set_up_v4(int fd)
{
	struct ifreq r = {.ifr_name = CARD};
	struct sockaddr_in *a = (struct sockaddr_in *)&r.ifr_addr;

	a->sin_family = AF_INET;
	inet_pton(AF_INET, NETCARD_GUEST_V4, &a->sin_addr);
	if (ioctl(fd, SIOCSIFADDR, &r))
		return -errno;
	a->sin_addr.s_addr = htonl(~0u << (32 - NETCARD_BITS_V4));
	if (ioctl(fd, SIOCSIFNETMASK, &r))
		return -errno;
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &r) ? -errno : 0;
}

/* From linux/ipv6.h, which conflicts with netinet/. */
struct in6_ifreq {
	struct in6_addr address;
	uint32_t bits;
	int index;
};

static int set_up_v6(int fd)
{
	struct in6_ifreq r = {.bits = NETCARD_BITS_V6, .index = if_nametoindex(CARD)};

	inet_pton(AF_INET6, NETCARD_GUEST_V6, &r.address);
	return ioctl(fd, SIOCSIFADDR, &r) ? -errno : 0;
}

int netcard_up(void)
{
	_cleanup_(sys_closep) int v4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	_cleanup_(sys_closep) int v6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* Skip duplicate address detection, which takes a second: there is no other machine on this network. */
	sys_write_tunable("/proc/sys/net/ipv6/conf/" CARD "/accept_dad", "0");
	int r = v4 < 0 ? -errno : set_up_v4(v4);

	if (!r)
		r = v6 < 0 ? -EAFNOSUPPORT : set_up_v6(v6);
	return r ? say_err(r, CARD ": the network card could not be set up: %s", strerror(-r)) : 0;
}
