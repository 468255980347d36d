/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user-space API of fuka.ko: the ioctls of /dev/fuka, and the words for contexts, triggers and faults. Both the
 * module and fuka itself include it. All sizes are fixed, all times are in nanoseconds, padding is zero.
 *
 * A fault is one wrong thing (an action), done in a context, on a trigger. Arming assigns it a number; closing the file
 * that armed it disarms it. Reading the device returns one logfmt line per armed fault and one for the module.
 */
#ifndef FUKA_KMOD_FUKA_H
#define FUKA_KMOD_FUKA_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define FUKA_DEVICE      "/dev/fuka"
#define FUKA_ABI         2
#define FUKA_NAME_BYTES  24
#define FUKA_LABEL_BYTES 32
#define FUKA_MAGIC_BYTES 32
#define FUKA_TASK_BYTES  16 /* of a task's name, as TASK_COMM_LEN */
#define FUKA_ARGS        6  /* most parameters a fault may have */
#define FUKA_SLOTS       16 /* faults armed at once */

/* CONTEXT(id, name, what): where the action runs. */
#define FUKA_CONTEXT_LIST                                                                                              \
	CONTEXT(CALLER, "caller", "the process that triggers (or sends), in its own system call")                      \
	CONTEXT(SOFTIRQ, "softirq", "the packet's own softirq, in a netfilter hook")                                   \
	CONTEXT(TIMER, "timer", "softirq: a kernel timer")                                                             \
	CONTEXT(TASKLET, "tasklet", "softirq: a tasklet")                                                              \
	CONTEXT(HRTIMER, "hrtimer", "hard interrupt: a high-resolution timer")                                         \
	CONTEXT(IRQWORK, "irq-work", "hard interrupt: irq_work, a self-IPI")                                           \
	CONTEXT(IPI, "ipi", "hard interrupt: an IPI to another CPU; needs two CPUs")                                   \
	CONTEXT(WORKQUEUE, "workqueue", "a task: a worker of a workqueue of its own")                                  \
	CONTEXT(KTHREAD, "kthread", "a task: a kernel thread of its own")                                              \
	CONTEXT(INIT, "init", "a task: the process that loads the module, in its initialisation")

enum fuka_context {
#define CONTEXT(id, name, what) FUKA_##id,
	FUKA_CONTEXT_LIST
#undef CONTEXT
		FUKA_CONTEXTS,
};

/* TRIGGER(id, name): what makes it act. */
#define FUKA_TRIGGER_LIST                                                                                              \
	TRIGGER(WRITE, "write")                                                                                        \
	TRIGGER(PACKET, "packet")                                                                                      \
	TRIGGER(DELAY, "delay")                                                                                        \
	TRIGGER(ALLOC, "alloc")

enum fuka_trigger {
#define TRIGGER(id, name) FUKA_ON_##id,
	FUKA_TRIGGER_LIST
#undef TRIGGER
		FUKA_TRIGGERS,
};

/* Sets of contexts, for the families' tables. */
#define FUKA_IN(id)    (1u << FUKA_##id)
#define FUKA_IN_TASKS  (FUKA_IN(CALLER) | FUKA_IN(WORKQUEUE) | FUKA_IN(KTHREAD) | FUKA_IN(INIT))
#define FUKA_IN_PACKET (FUKA_IN(SOFTIRQ) | FUKA_IN(CALLER))
#define FUKA_ANYWHERE  ((1u << FUKA_CONTEXTS) - 1)
/* For tasks only, because the action sleeps; so not in a netfilter hook, where the sender must not. */
#define FUKA_HAS_TO_SLEEP(contexts) (!((FUKA_ANYWHERE & ~FUKA_IN_TASKS) & (contexts)))
/*
 * An allocation that may sleep: all of FUKA_GFP_LIST but atomic and nowait. It, too, is only for tasks that may sleep.
 */
#define FUKA_GFP_WAITS(contexts, gfp) (FUKA_ASKS_GFP & (contexts) && (gfp) != 0 && (gfp) != 5)
#define FUKA_GFP_AT                   1 /* the index of its ARG */
/* … and the other flags of a table's row. */
#define FUKA_ASKS_GFP      (1u << 25) /* it allocates with the flags at FUKA_GFP_AT, and must cause no other bug */
#define FUKA_COUNTS_R      (1u << 28) /* while it lasts, one more task is runnable (in task contexts) … */
#define FUKA_COUNTS_D      (1u << 29) /* … or in uninterruptible sleep, for the load average; ARG 0 is the duration */
#define FUKA_ON_ITS_ALLOC  (1u << 26) /* the action works on the allocation that triggers it */
#define FUKA_COUNTS_N      (1u << 27) /* until it is disarmed, ARG 0 tasks are in uninterruptible sleep */
#define FUKA_NEVER_RETURNS (1u << 30) /* the action keeps its context for ever, and the module with it */
#define FUKA_ON_ITS_PACKET (1u << 31) /* the action works on the packet that triggers it */

/* The words of the argument "gfp" and their flags; its numbers are the positions in this list. */
#define FUKA_GFP_LIST(X)                                                                                               \
	X("atomic", GFP_ATOMIC)                                                                                        \
	X("kernel", GFP_KERNEL)                                                                                        \
	X("nofail", GFP_KERNEL | __GFP_NOFAIL)                                                                         \
	X("nofs", GFP_NOFS)                                                                                            \
	X("nofs-nofail", GFP_NOFS | __GFP_NOFAIL)                                                                      \
	X("nowait", GFP_NOWAIT)

/* Numbered as enum nf_inet_hooks. */
#define FUKA_HOOK_LIST(X)                                                                                              \
	X(PRE_ROUTING, "pre-routing")                                                                                  \
	X(LOCAL_IN, "local-in")                                                                                        \
	X(FORWARD, "forward")                                                                                          \
	X(LOCAL_OUT, "local-out")                                                                                      \
	X(POST_ROUTING, "post-routing")

enum fuka_hook {
#define HOOK(id, word) FUKA_##id,
	FUKA_HOOK_LIST(HOOK)
#undef HOOK
	FUKA_HOOKS,
};

/* The allocator to which an allocation goes. */
#define FUKA_ALLOC_LIST(X) X(SLAB, "slab") X(PAGES, "pages")

enum fuka_alloc {
#define ALLOC(id, word) FUKA_ALLOC_##id,
	FUKA_ALLOC_LIST(ALLOC)
#undef ALLOC
	FUKA_ALLOCS,
};

/* Which packets: all conditions that are given must hold. */
struct fuka_packet {
	__u8 hook;         /* enum fuka_hook */
	__u8 version;      /* 4, 6; 0: both */
	__u8 protocol;     /* 17 UDP, 6 TCP, 1 ICMP echo request of either version; 0: any */
	__u8 magic_length; /* bytes of magic; 0: any payload */
	__u16 port;        /* destination port, UDP and TCP; 0: any */
	__u16 source_bits; /* number of leading bits of the source address that must match `source`; 0: any */
	__u8 source[16];   /* IPv4: the first four bytes; needs version */
	__u8 magic[FUKA_MAGIC_BYTES]; /* the beginning of the payload */
};

#define FUKA_DRY_RUN 1 /* flags: count and record, but do not act */

/*
 * probability, interval, times and space are those of lib/fault-inject.c: of the hits, the first `space` units (bytes
 * of a packet, else 1 per hit) pass, then every interval-th is taken, with that probability, at most `times` times.
 */
struct fuka_arm {
	__u32 abi;                    /* FUKA_ABI */
	__u32 context;                /* enum fuka_context */
	char fault[FUKA_NAME_BYTES];  /* a row of a family's table */
	char label[FUKA_LABEL_BYTES]; /* goes into the record; letters, digits, "-_." */
	__u32 trigger;                /* enum fuka_trigger */
	__u32 flags;
	__u64 delay_ns;    /* FUKA_ON_DELAY: from arming to the first hit */
	__u64 every_ns;    /* FUKA_ON_DELAY: between hits; 0: one only */
	__u64 nth;         /* only this hit; 0: any */
	__u32 probability; /* percent, 1 to 100 */
	__u32 interval;    /* 1: every hit */
	__u64 times;       /* 0: no limit */
	__u64 space;
	struct fuka_packet packet;  /* FUKA_ON_PACKET */
	__u64 arg[FUKA_ARGS];       /* by the fault's own table; the rest 0 */
	__u32 id;                   /* out */
	__u32 alloc;                /* FUKA_ON_ALLOC: enum fuka_alloc */
	char task[FUKA_TASK_BYTES]; /* FUKA_ON_ALLOC: only in tasks of that name; empty: any */
};

/* The state of one armed fault. */
struct fuka_status {
	__u32 id;          /* in */
	__u32 stuck;       /* 1: its action has not returned */
	__u64 hits;        /* the trigger's */
	__u64 fired;       /* actions begun */
	__u64 done;        /* actions that have returned */
	__u64 taken_bytes; /* memory it holds */
};

#define FUKA_IOC_ARM       _IOWR('u', 0xa0, struct fuka_arm)
#define FUKA_IOC_FIRE      _IOW('u', 0xa1, __u32) /* a hit of a fault armed with FUKA_ON_WRITE */
#define FUKA_IOC_DISARM    _IOW('u', 0xa2, __u32)
#define FUKA_IOC_STATUS    _IOWR('u', 0xa3, struct fuka_status)
#define FUKA_IOC_GIVE_BACK _IO('u', 0xa4) /* all memory that faults hold */

#endif
