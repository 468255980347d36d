// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/host/netcard.h"
#include "lab/guest/netcard.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <sys/socket.h>

int netcard_begin(struct netcard *o, const struct entry *e)
{
	if (o->sends == (int)(sizeof(o->send) / sizeof(*o->send)))
		return -EBUSY;
	o->send[o->sends++] = (struct netcard_send){.entry = e};
	return 0;
}

/* Sends what is due of one entry. Returns 1 when all is sent, 0 when there is more, now or later, or -errno. */
static int work_one(const struct netcard *o, struct netcard_send *s)
{
	const struct send_values *v = s->entry->load.values;
	unsigned char frame[NETCARD_FRAME_MAX];
	int n = netcard_frame(v, frame);

	while (n > 0 && s->sent < v->count && sys_now_ns() >= s->next_ns) {
		if (send(o->fd, frame, n, MSG_DONTWAIT | MSG_NOSIGNAL) != n)
			return errno == EAGAIN ? 0 : -errno;
		s->sent++;
		s->next_ns = v->every ? sys_now_ns() + v->every : 0;
	}
	return n < 0 ? n : s->sent == v->count;
}

void netcard_work(struct netcard *o, void (*done)(void *user, const struct netcard_send *s, int err), void *user)
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

bool netcard_waits(const struct netcard *o)
{
	for (int i = 0; i < o->sends; i++)
		if (sys_now_ns() >= o->send[i].next_ns)
			return true;
	return false;
}
