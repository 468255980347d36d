/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of fuka.ko. main.c: the module, its device. slot.c: an armed fault: when it fires, in which context, how
 * it is taken apart. packet.c: which packets. lane.c: the record. One file a family: the actions.
 */
#ifndef FUKA_KMOD_CORE_H
#define FUKA_KMOD_CORE_H

#include "compat.h"
#include "fuka.h"

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

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
	const void *owner; /* the file that armed it; NULL: module initialisation */
	int built;         /* how far slot.c came: what has to be undone */
	bool stopping, stuck;
	atomic64_t hits, fired, done, taken_bytes, times_left, space_left;
	atomic_t pending;       /* hits that the context has not acted upon yet */
	atomic_t inflight;      /* actions begun and not come back */
	wait_queue_head_t wait; /* woken when stopping, and when there is something pending */

	struct nf_hook_ops hook[2];
	struct hrtimer delay;
	struct kprobe probe;

	struct timer_list timer;
	struct tasklet_struct tasklet;
	struct hrtimer hrtimer;
	struct irq_work irq_work;
	call_single_data_t csd;
	struct workqueue_struct *queue;
	struct work_struct work;
	struct task_struct *thread;

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
/* Disarms and frees. -EBUSY: the action never came back; the slot stays, so does the module, and the log says why. */
int fuka_slot_end(struct fuka_slot *slot);

/* families.c, and the families' tables, each ended by a row without a name */
#define FAMILY(name) extern const struct fuka_fault fuka_##name##_faults[];
#include "families.h"
#undef FAMILY
const struct fuka_fault *fuka_fault_find(const char *name);

/* packet.c */
bool fuka_packet_is_sane(const struct fuka_packet *p);
bool fuka_packet_matches(const struct fuka_packet *p, struct sk_buff *skb, bool v6);

/* alloc.c: the trigger of the family. -EOPNOTSUPP, said, where this kernel does not ask. */
int fuka_alloc_build(struct fuka_slot *slot);
void fuka_alloc_undo(struct fuka_slot *slot);

/* lane.c */
extern ushort fuka_record_source; /* a row of lib/source_list.h: whoever loads the module may know a newer list */
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

/* Keeps the CPU for that long, or until disarmed. */
void fuka_spin(const struct fuka_shot *shot, u64 ns);

#endif
