// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Actions that keep a CPU, a lock or a task longer than the kernel's watchdogs tolerate. They end early when the fault
 * is disarmed, if that is still possible.
 */
#define pr_fmt(fmt) "fuka: " fmt

#include "kmod/core/core.h"

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/nmi.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

static void act_spin(struct fuka_shot *shot)
{
	preempt_disable();
	fuka_spin(shot, shot->arg[0]);
	preempt_enable();
}

static atomic_t callbacks;

static void on_grace(struct rcu_head *head)
{
	atomic_dec(&callbacks);
}

static void ask_for_grace(void)
{
	static struct rcu_head head;

	if (atomic_inc_return(&callbacks) == 1)
		call_rcu(&head, on_grace);
	else
		atomic_dec(&callbacks);
}

#define GRACE_BEGAN 3 /* these bits of the sequence number are non-zero during a grace period */
#define GRACE_TRIES 250

/* A task that does not leave the CPU stalls only a grace period already in progress, so wait until one is. */
static void await_grace(const struct fuka_shot *shot)
{
	int tries;

	for (tries = 0; tries < GRACE_TRIES && !(rcu_get_gp_seq() & GRACE_BEGAN) && !fuka_stopping(shot); tries++) {
		ask_for_grace();
		schedule_timeout_uninterruptible(1);
	}
}

/* RCU reports the stall only if a grace period is in progress; only a task can wait for one. */
static void act_irqs_off(struct fuka_shot *shot)
{
	unsigned long flags;

	if (fuka_may_sleep(shot))
		await_grace(shot);
	local_irq_save(flags);
	fuka_spin(shot, shot->arg[0]);
	local_irq_restore(flags);
}

/*
 * RCU reports a stall of a grace period, so start one. Its kernel thread needs the CPU for that: a task lets others run
 * (preemptible RCU allows that in a reader). In interrupt context the thread cannot be scheduled, so only a grace
 * period already in progress stalls. If there is none, expect the soft-lockup watchdog instead.
 */
static void act_rcu_stall(struct fuka_shot *shot)
{
	bool sleeps = fuka_may_sleep(shot);
	bool lets_run = IS_ENABLED(CONFIG_PREEMPT_RCU) && sleeps;
	u64 end, left = shot->arg[0];

	if (sleeps && !lets_run)
		await_grace(shot);
	end = ktime_get_mono_fast_ns() + left;
	rcu_read_lock();
	ask_for_grace();
	while (left && ktime_get_mono_fast_ns() < end && !fuka_stopping(shot)) {
		u64 step = min_t(u64, left, NSEC_PER_MSEC);

		fuka_spin(shot, step);
		left -= step;
		if (lets_run)
			cond_resched();
		if (sleeps)
			touch_softlockup_watchdog();
	}
	rcu_read_unlock();
}

/* Never returns, so the module has to stay loaded. */
static void act_deadlock(struct fuka_shot *shot)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	spin_lock(&lock);
	__release(&lock); /* for sparse */
	__release(&lock);
}

static void act_halt(struct fuka_shot *shot)
{
#ifdef CONFIG_X86
	for (;;)
		asm volatile("cli; hlt" : : : "memory");
#else
	local_irq_disable();
	for (;;)
		cpu_relax();
#endif
}

static void act_hung_task(struct fuka_shot *shot)
{
	wait_event_timeout(shot->slot->wait, fuka_stopping(shot), nsecs_to_jiffies(shot->arg[0]));
}

static void act_sleep(struct fuka_shot *shot)
{
	if (fuka_may_sleep(shot))
		act_hung_task(shot);
	else
		msleep(div_u64(shot->arg[0], NSEC_PER_MSEC));
}

static int sleep_until_stopped(void *unused)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/*
 * The threads are named fuka_dSLOT/NUMBER so that they can be found in /proc. If fewer could be created, log how many.
 */
static void act_d_tasks(struct fuka_shot *shot)
{
	struct fuka_slot *s = shot->slot;
	u64 wanted = shot->arg[0];

	if (atomic_xchg(&s->has_sleepers, 1))
		return; /* they exist already, or another task is creating them */
	s->sleepers = kvcalloc(wanted, sizeof(*s->sleepers), GFP_KERNEL);
	while (s->sleepers && s->made_sleepers < wanted && !fuka_stopping(shot) && !signal_pending(current)) {
		struct task_struct *t =
			kthread_run(sleep_until_stopped, NULL, "fuka_d%u/%u", s->arm.id, s->made_sleepers);

		if (IS_ERR(t)) {
			pr_warn("d-tasks: created only %u of %llu threads: error %ld\n", s->made_sleepers, wanted,
				PTR_ERR(t));
			break;
		}
		get_task_struct(t);
		s->sleepers[s->made_sleepers++] = t;
	}
}

static void end_lockup(struct fuka_slot *s)
{
	unsigned int i;

	for (i = 0; i < s->made_sleepers; i++) {
		kthread_stop(s->sleepers[i]);
		put_task_struct(s->sleepers[i]);
	}
	kvfree(s->sleepers);
	s->sleepers = NULL;
	s->made_sleepers = 0;
}

#define FUKA_TABLE  "lockup.h"
#define FUKA_FAULTS fuka_lockup_faults
#define FUKA_END    end_lockup
#include "kmod/families/family.h"
