// SPDX-License-Identifier: GPL-2.0-or-later
/* Network errors, applied to the packet that triggered the fault, in its hook. */
#include "kmod/core/core.h"

#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/ipv6.h>
#include <net/dst.h>
#include <net/ip.h>

#define HELD_MOST 1024

/* How a delayed packet continues: from its hook's state. */
struct held {
	int (*okfn)(struct net *net, struct sock *sk, struct sk_buff *skb);
	struct net_device *in;
	unsigned long due;
};

/* It is stored in skb->cb, after the data that IP keeps there. */
static_assert(sizeof(struct held) + sizeof(struct inet_skb_parm) <= sizeof_field(struct sk_buff, cb));
static_assert(sizeof(struct held) + sizeof(struct inet6_skb_parm) <= sizeof_field(struct sk_buff, cb));

#define HELD(skb) ((struct held *)((skb)->cb + sizeof((skb)->cb) - sizeof(struct held)))

static void act_drop(struct fuka_shot *shot)
{
	shot->verdict = NF_DROP;
}

static void let_go(struct sk_buff *skb)
{
	struct held h = *HELD(skb);

	rcu_read_lock();
	h.okfn(&init_net, NULL, skb);
	rcu_read_unlock();
	dev_put(h.in);
}

static void on_held(struct timer_list *t)
{
	struct fuka_slot *s = container_of(t, struct fuka_slot, held_timer);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&s->held))) {
		if (time_before(jiffies, HELD(skb)->due)) {
			skb_queue_head(&s->held, skb);
			mod_timer(&s->held_timer, HELD(skb)->due);
			return;
		}
		let_go(skb);
	}
}

/* Only in hooks of the receiving side, where the packet has a device and needs no socket to continue. */
static void act_delay(struct fuka_shot *shot)
{
	struct fuka_slot *s = shot->slot;
	struct sk_buff *skb = shot->skb;
	unsigned long due = jiffies + nsecs_to_jiffies(shot->arg[0]);

	if (!shot->state->in || shot->state->sk || skb_queue_len(&s->held) >= HELD_MOST)
		return;
	skb_dst_force(skb);
	dev_hold(shot->state->in);
	*HELD(skb) = (struct held){.okfn = shot->state->okfn, .in = shot->state->in, .due = due};
	s->held_timer.function = on_held;
	skb_queue_tail(&s->held, skb);
	if (!timer_pending(&s->held_timer))
		mod_timer(&s->held_timer, due);
	shot->verdict = NF_STOLEN;
}

static void act_duplicate(struct fuka_shot *shot)
{
	u64 i;

	for (i = 0; i < shot->arg[0]; i++) {
		struct sk_buff *copy = skb_copy(shot->skb, GFP_ATOMIC);

		if (!copy)
			return;
		shot->state->okfn(shot->state->net, shot->state->sk, copy);
	}
}

static void act_corrupt(struct fuka_shot *shot)
{
	struct sk_buff *skb = shot->skb;
	unsigned int n = min_t(u64, shot->arg[0], skb->len), i;

	if (skb_ensure_writable(skb, skb->len) || skb_linearize(skb))
		return;
	for (i = 1; i <= n; i++)
		skb->data[skb->len - i] ^= 0xff;
	/* Loopback marks its packets as verified; make the receiver check the checksum. */
	skb->ip_summed = CHECKSUM_NONE;
}

/* Releases the packets that are still delayed. */
static void end_net(struct fuka_slot *s)
{
	struct sk_buff *skb;

	timer_delete_sync(&s->held_timer);
	local_bh_disable();
	while ((skb = skb_dequeue(&s->held)))
		let_go(skb);
	local_bh_enable();
}

#define FUKA_TABLE  "net.h"
#define FUKA_FAULTS fuka_net_faults
#define FUKA_END    end_net
#include "kmod/families/family.h"
