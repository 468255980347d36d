/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of fuka.ko. main.c: the module, its device. slot.c: an armed fault: in which context it acts, how it
 * is taken apart. fire.c: which hits it acts upon. packet.c: which packets. lane.c: the record. One file a family: the actions.
 */
#ifndef FUKA_KMOD_CORE_H
#define FUKA_KMOD_CORE_H

#include "kmod/core/compat.h"
#include "kmod/uapi.h"

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#ifdef CONFIG_PREEMPT_RT
#error "fuka.ko is not for PREEMPT_RT: timers, softirqs and spinlocks are tasks there, and no context would be what it says"
#endif
#ifndef CONFIG_64BIT
#error "fuka.ko is for 64-bit kernels: the positions in its lane are 64 bits, stored at once"
#endif

struct fuka_slot;

/* One execution of an action. */
struct fuka_shot {
	struct fuka_slot *slot;
	const u64 *arg;      /* in the order of the fault's table */
	struct sk_buff *skb; /* the packet, where the action runs in its hook; else NULL */
	const struct nf_hook_state *state;
	unsigned int verdict; /* what becomes of the packet: NF_ACCEPT unless the action says otherwise */
};

struct fuka_fault_arg {
	const char *name;
	bool choice;
	u64 least, most;
	const char *words; /* of a choice */
};

struct fuka_fault {
	const char *name;
	u32 contexts; /* a set of FUKA_IN(), FUKA_NEVER_RETURNS, FUKA_ON_ITS_PACKET */
	const struct fuka_fault_arg *args;
	void (*act)(struct fuka_shot *shot);
	void (*end)(struct fuka_slot *slot); /* gives back what the actions left behind; may be NULL */
};

/* An armed fault. */
struct fuka_slot {
	struct fuka_arm arm;
	const struct fuka_fault *fault;
	const void *owner; /* the file that armed it; NULL: module initialisation, or that file is closed */
	bool busy, pinned; /* main.c: being built or taken apart, without the mutex; keeps the module loaded */
	int built;         /* how far slot.c came: what has to be undone */
	bool stopping, stuck;
	int grace; /* slot.c: whether RCU has said, since the trigger is gone, that nobody is on the way any more */
	struct work_struct grace_work;
	atomic64_t hits, fired, done, taken_bytes, times_left, space_left;
	atomic_t pending;       /* hits that the context has not acted upon yet */
	atomic_t holders;       /* who may still reach it: actions that have not come back, IPIs under way, a write */
	wait_queue_head_t wait; /* woken when stopping, and when there is something pending */

	struct nf_hook_ops hook[2];
	struct hrtimer delay;
	struct kprobe probe;

	struct timer_list timer;
	struct tasklet_struct tasklet;
	struct hrtimer hrtimer;
	struct irq_work irq_work;
	call_single_data_t csd;
	atomic_t ipi_asked; /* the csd is queued */
	struct workqueue_struct *queue;
	struct work_struct work;
	struct task_struct *thread;

	atomic_t has_sleepers;
	struct task_struct **sleepers; /* lockup: threads that sleep until the end; as many as made_sleepers */
	unsigned int made_sleepers;

	struct sk_buff_head held; /* net: packets held back */
	struct timer_list held_timer;
};

/* slot.c. Checks everything; -errno, with the reason in the kernel log. Nothing can happen before fuka_slot_start(). */
int fuka_slot_new(const struct fuka_arm *arm, const void *owner, struct fuka_slot **out);
int fuka_slot_start(struct fuka_slot *slot);
/* A hit. skb and state: in a netfilter hook, else NULL. Returns the packet's verdict. */
unsigned int fuka_hit(struct fuka_slot *slot, struct sk_buff *skb, const struct nf_hook_state *state);
/* Between these it is not freed. Taken under main.c's mutex, or by somebody who holds it or is on the way to it. */
void fuka_slot_hold(struct fuka_slot *slot);
void fuka_slot_let_go(struct fuka_slot *slot);
/* No more hits; actions that last are told to come back. Does not wait. */
void fuka_slot_stop(struct fuka_slot *slot);
/*
 * Stops it and takes it apart, for fuka_slot_free(). Waits, for some seconds at most and with no lock held, until
 * nobody can reach it. -EBUSY: an action has not come back; the slot and the module have to stay, the log says why, and
 * whoever tries again may be luckier. -EINTR: a signal came, likewise.
 */
int fuka_slot_end(struct fuka_slot *slot, bool interruptible);
void fuka_slot_free(struct fuka_slot *slot);

/* fire.c: counts a hit, and says whether the fault acts upon it. */
bool fuka_fires(struct fuka_slot *slot, unsigned int units);

/* families.c, and the families' tables, each ended by a row without a name */
#define FAMILY(name) extern const struct fuka_fault fuka_##name##_faults[];
#include "kmod/families/families.h"
#undef FAMILY
const struct fuka_fault *fuka_fault_find(const char *name);

/* packet.c */
bool fuka_packet_is_sane(const struct fuka_packet *p);
bool fuka_packet_matches(const struct fuka_packet *p, struct sk_buff *skb, bool v6);

/* alloc.c: the trigger of the family. -EOPNOTSUPP, said, where this kernel does not ask. */
int fuka_alloc_build(struct fuka_slot *slot);
void fuka_alloc_undo(struct fuka_slot *slot);
void fuka_alloc_exit(void); /* may sleep */

/* lane.c */
extern ushort
	fuka_record_source; /* a row of lib/record/source_list.h: whoever loads the module may know a newer list */
void fuka_lane_open(void);
void fuka_lane_close(void);
bool fuka_lane_is_open(void);
/* Writes what is about to happen, and the context as it is found, into the recording; nothing here can wait or fail. */
void fuka_record(struct fuka_slot *slot, const char *event, u64 number);

/* memory.c */
u64 fuka_memory_taken(void);
void fuka_memory_give_back(void); /* may sleep */

/* What an action asks while it lasts. */
static inline bool fuka_stopping(const struct fuka_shot *shot)
{
	return READ_ONCE(shot->slot->stopping);
}

/* Where an action may wait, if it wants to. A packet's hook is an RCU reader, in its sender's task too. */
static inline bool fuka_may_sleep(const struct fuka_shot *shot)
{
	return !shot->state && in_task() && !irqs_disabled() && !preempt_count();
}

/* Keeps the CPU for that long, or until disarmed. */
void fuka_spin(const struct fuka_shot *shot, u64 ns);

#endif
