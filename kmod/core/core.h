/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internal interface of fuka.ko. main.c: the module and its device. slot.c: an armed fault: in which
 * context it acts, how it
 * is torn down. fire.c: which hits it acts upon. packet.c: which packets match. lane.c: the record. families/: the actions, one file per
 * family.
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
#error "fuka.ko does not support PREEMPT_RT: timers and softirqs run in tasks there, so no context would be what its "
"name says"
#endif
#ifndef CONFIG_64BIT
#error "fuka.ko needs a 64-bit kernel: the positions in its lane are 64-bit values that must be stored atomically"
#endif

	struct fuka_slot;

/* One execution of an action. */
struct fuka_shot {
	struct fuka_slot *slot;
	const u64 *arg;      /* in the order of the fault's table */
	struct sk_buff *skb; /* the packet, if the action runs in its hook; else NULL */
	const struct nf_hook_state *state;
	unsigned int verdict; /* the hook's verdict: NF_ACCEPT unless the action changes it */
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
	void (*end)(struct fuka_slot *slot); /* releases what the actions left behind; may be NULL */
};

/* An armed fault. */
struct fuka_slot {
	struct fuka_arm arm;
	const struct fuka_fault *fault;
	const void *owner; /* the file that armed it; NULL: module initialisation, or that file is closed */
	bool busy, pinned; /* main.c: being set up or torn down, without the mutex; keeps the module loaded */
	int built;         /* how far slot.c came, for the teardown */
	bool stopping, stuck;
	int grace; /* slot.c: whether an RCU grace period has passed since the trigger was removed */
	struct work_struct grace_work;
	atomic64_t hits, fired, done, taken_bytes, times_left, space_left;
	atomic_t pending; /* hits on which the context has not acted yet */
	/* users that may still reach it: actions that have not returned, IPIs in flight, a write */
	atomic_t holders;
	wait_queue_head_t wait; /* woken when stopping, and when hits are pending */

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
	struct task_struct **sleepers; /* lockup: made_sleepers threads that sleep until the end */
	unsigned int made_sleepers;

	struct sk_buff_head held; /* net: packets held back */
	struct timer_list held_timer;
};

/*
 * slot.c. Checks everything; -errno, with the reason in the kernel log. The fault cannot fire before fuka_slot_start().
 */
int fuka_slot_new(const struct fuka_arm *arm, const void *owner, struct fuka_slot **out);
int fuka_slot_start(struct fuka_slot *slot);
/* Handles a hit. skb and state are NULL outside a netfilter hook. Returns the packet's verdict. */
unsigned int fuka_hit(struct fuka_slot *slot, struct sk_buff *skb, const struct nf_hook_state *state);
/*
 * Between these calls the slot is not freed. Call it under main.c's mutex, from a holder, or where the grace period
 * protects the slot.
 */
void fuka_slot_hold(struct fuka_slot *slot);
void fuka_slot_let_go(struct fuka_slot *slot);
/* Stops further hits and makes lasting actions return (fuka_stopping()). Does not wait. */
void fuka_slot_stop(struct fuka_slot *slot);
/*
 * Stops the slot and tears it down, before fuka_slot_free(). Waits, for some seconds at most and with no lock held,
 * until the slot cannot be reached. -EBUSY: an action has not returned; the slot and the module have to stay, the log
 * says why, and a later attempt may succeed. -EINTR: a signal came, likewise.
 */
int fuka_slot_end(struct fuka_slot *slot, bool interruptible);
void fuka_slot_free(struct fuka_slot *slot);

/* fire.c: counts a hit, and says whether the fault acts upon it. */
bool fuka_fires(struct fuka_slot *slot, unsigned int units);

/* families.c, and the families' tables, each terminated by a row without a name */
#define FAMILY(name) extern const struct fuka_fault fuka_##name##_faults[];
#include "kmod/families/families.h"
#undef FAMILY
const struct fuka_fault *fuka_fault_find(const char *name);

/* packet.c */
bool fuka_packet_is_sane(const struct fuka_packet *p);
bool fuka_packet_matches(const struct fuka_packet *p, struct sk_buff *skb, bool v6);

/* alloc.c: the family's trigger. -EOPNOTSUPP, logged, if this kernel lacks the function to probe. */
int fuka_alloc_build(struct fuka_slot *slot);
void fuka_alloc_undo(struct fuka_slot *slot);
void fuka_alloc_exit(void); /* may sleep */

/* lane.c */
extern ushort
	/* a row of lib/record/source_list.h; a parameter, because the loader may have a newer list */
	fuka_record_source;
void fuka_lane_open(void);
void fuka_lane_close(void);
bool fuka_lane_is_open(void);
/* Records what is about to happen and the actual context; it neither waits nor fails. */
void fuka_record(struct fuka_slot *slot, const char *event, u64 number);

/* memory.c */
u64 fuka_memory_taken(void);
void fuka_memory_give_back(void); /* may sleep */

/* Lasting actions must poll this. */
static inline bool fuka_stopping(const struct fuka_shot *shot)
{
	return READ_ONCE(shot->slot->stopping);
}

/* Whether an action may sleep here. A netfilter hook is an RCU read-side critical section, in the sender's task too. */
static inline bool fuka_may_sleep(const struct fuka_shot *shot)
{
	return !shot->state && in_task() && !irqs_disabled() && !preempt_count();
}

/* Spins for that time, or until the fault is disarmed. */
void fuka_spin(const struct fuka_shot *shot, u64 ns);

#endif
