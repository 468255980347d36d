// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An armed fault: a trigger produces hits, some of the hits fire, and the action runs in the requested context.
 * fuka_slot_end() undoes what fuka_slot_start() built, in reverse order, from wherever that got to.
 */
#define pr_fmt(fmt) "fuka: " fmt

#include "kmod/core/core.h"

#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/net_namespace.h>

#define SPIN_STEP_NS 10000
#define DRAIN_TIME   (5 * HZ) /* how long disarming waits until the fault cannot be reached any more */

enum {
	BUILT_NOTHING,
	BUILT_CONTEXT,
	BUILT_TRIGGER
};

enum {
	GRACE_NOT_ASKED,
	GRACE_ASKED,
	GRACE_OVER
};

void fuka_spin(const struct fuka_shot *shot, u64 ns)
{
	u64 end = ktime_get_mono_fast_ns() + ns;

	/* Count the delay loop as well: with interrupts off, a tick-based clocksource (jiffies) does not advance. */
	while (ns && ktime_get_mono_fast_ns() < end && !fuka_stopping(shot)) {
		unsigned long step = min_t(u64, ns, SPIN_STEP_NS);

		ndelay(step);
		ns -= step;
	}
}

/* --- the action --- */

void fuka_slot_hold(struct fuka_slot *s)
{
	atomic_inc(&s->holders);
}

/* Does not wake a waiter, because the slot may be freed at once: waiters poll at each tick. */
void fuka_slot_let_go(struct fuka_slot *s)
{
	atomic_dec_return_release(&s->holders);
}

static unsigned int act(struct fuka_slot *s, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct fuka_shot shot = {
		.slot = s,
		.arg = s->arm.arg,
		.skb = skb,
		.state = state,
		.verdict = NF_ACCEPT,
	};
	u64 number = atomic64_inc_return(&s->fired);
	bool dry = s->arm.flags & FUKA_DRY_RUN;

	fuka_slot_hold(s);
	fuka_record(s, dry ? "dry" : "fired", number);
	if (!dry) {
		s->fault->act(&shot);
		fuka_record(s, "done", number);
	}
	atomic64_inc(&s->done);
	fuka_slot_let_go(s);
	return shot.verdict;
}

/*
 * Runs in the slot's own context, which context_undo() waits for: once per pending hit. It holds the slot before it
 * reads `stopping`: either it sees that the slot is stopping, or fuka_slot_end() sees that an action may begin, which
 * may not return.
 */
static void act_pending(struct fuka_slot *s)
{
	fuka_slot_hold(s);
	smp_mb__after_atomic();
	while (!READ_ONCE(s->stopping) && atomic_dec_if_positive(&s->pending) >= 0)
		act(s, NULL, NULL);
	fuka_slot_let_go(s);
}

static void on_timer(struct timer_list *t)
{
	act_pending(container_of(t, struct fuka_slot, timer));
}

static void on_tasklet(unsigned long slot)
{
	act_pending((struct fuka_slot *)slot);
}

static enum hrtimer_restart on_hrtimer(struct hrtimer *t)
{
	act_pending(container_of(t, struct fuka_slot, hrtimer));
	return HRTIMER_NORESTART;
}

static void on_irq_work(struct irq_work *w)
{
	act_pending(container_of(w, struct fuka_slot, irq_work));
}

/*
 * A CPU that idles in a polling loop runs queued calls in task context, without an IPI. Send a self-IPI in that case.
 */
static void on_ipi(void *slot)
{
	struct fuka_slot *s = slot;

	atomic_xchg(&s->ipi_asked, 0);
	if (in_hardirq())
		act_pending(s);
	else
		irq_work_queue(&s->irq_work);
	fuka_slot_let_go(s);
}

static void on_work(struct work_struct *w)
{
	act_pending(container_of(w, struct fuka_slot, work));
}

static int on_thread(void *slot)
{
	struct fuka_slot *s = slot;

	while (!kthread_should_stop()) {
		wait_event_interruptible(s->wait, atomic_read(&s->pending) > 0 || kthread_should_stop());
		act_pending(s);
		if (READ_ONCE(s->stopping))
			schedule_timeout_interruptible(1);
	}
	return 0;
}

/*
 * Sends an IPI to another CPU; in every other context the CPU that was hit acts. If one is in flight already, it acts
 * on this hit, too: two callers at once would both queue the one csd, which smp_call_function_single_async() forbids.
 */
static void send_ipi(struct fuka_slot *s)
{
	unsigned int other;

	if (atomic_xchg(&s->ipi_asked, 1))
		return;
	other = cpumask_any_but(cpu_online_mask, get_cpu());
	fuka_slot_hold(s);
	if (other >= nr_cpu_ids || smp_call_function_single_async(other, &s->csd)) {
		atomic_set(&s->ipi_asked, 0);
		fuka_slot_let_go(s);
	}
	put_cpu();
}

static void dispatch(struct fuka_slot *s)
{
	atomic_inc(&s->pending);
	switch (s->arm.context) {
	case FUKA_TIMER:
		mod_timer(&s->timer, jiffies);
		break;
	case FUKA_TASKLET:
		tasklet_schedule(&s->tasklet);
		break;
	case FUKA_HRTIMER:
		hrtimer_start(&s->hrtimer, ns_to_ktime(10 * NSEC_PER_USEC), HRTIMER_MODE_REL);
		break;
	case FUKA_IRQWORK:
		irq_work_queue(&s->irq_work);
		break;
	case FUKA_IPI:
		send_ipi(s);
		break;
	case FUKA_WORKQUEUE:
		queue_work(s->queue, &s->work);
		break;
	default:
		wake_up_all(&s->wait);
	}
}

static bool acts_at_once(const struct fuka_slot *s)
{
	return s->arm.context == FUKA_CALLER || s->arm.context == FUKA_SOFTIRQ || s->arm.context == FUKA_INIT;
}

/* --- hits --- */

unsigned int fuka_hit(struct fuka_slot *s, struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (!fuka_fires(s, skb ? skb->len : 1))
		return NF_ACCEPT;
	if (acts_at_once(s))
		return act(s, skb, state);
	dispatch(s);
	return NF_ACCEPT;
}

static unsigned int on_packet(void *slot, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct fuka_slot *s = slot;

	if (!fuka_packet_matches(&s->arm.packet, skb, state->pf == NFPROTO_IPV6))
		return NF_ACCEPT;
	return fuka_hit(s, skb, state);
}

static enum hrtimer_restart on_delay(struct hrtimer *t)
{
	struct fuka_slot *s = container_of(t, struct fuka_slot, delay);

	fuka_hit(s, NULL, NULL);
	if (!s->arm.every_ns || READ_ONCE(s->stopping))
		return HRTIMER_NORESTART;
	hrtimer_forward_now(t, ns_to_ktime(s->arm.every_ns));
	return HRTIMER_RESTART;
}

/* --- building and undoing --- */

static int context_build(struct fuka_slot *s)
{
	timer_setup(&s->timer, on_timer, 0);
	timer_setup(&s->held_timer, NULL, 0);
	tasklet_init(&s->tasklet, on_tasklet, (unsigned long)s);
	hrtimer_setup(&s->hrtimer, on_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_setup(&s->delay, on_delay, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	init_irq_work(&s->irq_work, on_irq_work);
	INIT_CSD(&s->csd, on_ipi, s);
	INIT_WORK(&s->work, on_work);
	if (s->arm.context == FUKA_WORKQUEUE) {
		s->queue = alloc_workqueue("fuka", 0, 1);
		return s->queue ? 0 : -ENOMEM;
	}
	if (s->arm.context != FUKA_KTHREAD)
		return 0;
	s->thread = kthread_create(on_thread, s, "fuka/%u", s->arm.id);
	if (IS_ERR(s->thread)) {
		int err = PTR_ERR(s->thread);

		s->thread = NULL;
		return err;
	}
	get_task_struct(s->thread);
	wake_up_process(s->thread);
	return 0;
}

/* Waits for what is queued, or still runs after its action; nothing new can be queued any more. */
static void context_undo(struct fuka_slot *s)
{
	timer_delete_sync(&s->timer);
	tasklet_kill(&s->tasklet);
	hrtimer_cancel(&s->hrtimer);
	irq_work_sync(&s->irq_work);
	if (s->queue)
		destroy_workqueue(s->queue);
	if (s->thread) {
		kthread_stop(s->thread);
		put_task_struct(s->thread);
	}
}

static int hooks_build(struct fuka_slot *s)
{
	static const u8 pf[2] = {NFPROTO_IPV4, NFPROTO_IPV6};
	int i, err = 0;

	for (i = 0; i < 2 && !err; i++) {
		struct nf_hook_ops *o = &s->hook[i];

		if (s->arm.packet.version && s->arm.packet.version != (i ? 6 : 4))
			continue;
		*o = (struct nf_hook_ops){
			.hook = on_packet,
			.priv = s,
			.pf = pf[i],
			.hooknum = s->arm.packet.hook,
			.priority = INT_MIN + 1,
		};
		err = nf_register_net_hook(&init_net, o);
		if (err)
			o->hook = NULL;
	}
	return err;
}

static void hooks_undo(struct fuka_slot *s)
{
	int i;

	for (i = 1; i >= 0; i--)
		if (s->hook[i].hook)
			nf_unregister_net_hook(&init_net, &s->hook[i]);
}

static int trigger_build(struct fuka_slot *s)
{
	int err = s->arm.trigger == FUKA_ON_PACKET  ? hooks_build(s)
		  : s->arm.trigger == FUKA_ON_ALLOC ? fuka_alloc_build(s)
						    : 0;

	if (!err && s->arm.trigger == FUKA_ON_DELAY)
		hrtimer_start(&s->delay, ns_to_ktime(s->arm.delay_ns), HRTIMER_MODE_REL);
	return err;
}

static void trigger_undo(struct fuka_slot *s)
{
	hooks_undo(s);
	fuka_alloc_undo(s);
	hrtimer_cancel(&s->delay);
}

void fuka_slot_stop(struct fuka_slot *s)
{
	WRITE_ONCE(s->stopping, true);
	wake_up_all(&s->wait);
}

/* Expedited, because under a flood of packets normal RCU callbacks come seconds late. */
static void await_grace(struct work_struct *w)
{
	struct fuka_slot *s = container_of(w, struct fuka_slot, grace_work);

	synchronize_rcu_expedited();
	smp_store_release(&s->grace, GRACE_OVER);
}

/* Packets that entered the hook before it was removed, and interrupt handlers that are returning, are RCU readers. */
static bool is_reachable(struct fuka_slot *s)
{
	return smp_load_acquire(&s->grace) != GRACE_OVER || atomic_read_acquire(&s->holders);
}

/*
 * Polls instead of waiting for the grace period itself, which would never end if a fault keeps a CPU for ever. Once it
 * has timed out, later calls only check. The sleep does not count in the load average.
 */
static int wait_until_unreachable(struct fuka_slot *s, bool interruptible)
{
	unsigned long end = jiffies + (s->stuck ? 0 : DRAIN_TIME);

	while (is_reachable(s)) {
		if (time_after_eq(jiffies, end))
			return -EBUSY;
		if (interruptible && signal_pending(current))
			return -EINTR;
		if (interruptible)
			schedule_timeout_interruptible(1);
		else
			schedule_timeout_idle(1);
	}
	return 0;
}

static void say_stuck(const struct fuka_slot *s)
{
	u64 lasting = atomic64_read(&s->fired) - atomic64_read(&s->done);

	if (lasting)
		pr_err("%s (%s): %llu of its actions have not returned: until they do, the module cannot be unloaded\n",
		       s->arm.fault, s->arm.label, lasting);
	else
		pr_err("%s (%s) cannot be torn down: a CPU has run nothing else for %u s, so it may still be about to "
		       "enter it; "
		       "until that ends, the module cannot be unloaded\n",
		       s->arm.fault, s->arm.label, DRAIN_TIME / HZ);
}

/* Stops new hits, then new actions, then waits for running ones. An action that does not return is left alone. */
int fuka_slot_end(struct fuka_slot *s, bool interruptible)
{
	int err;

	fuka_slot_stop(s);
	if (s->built >= BUILT_TRIGGER)
		trigger_undo(s);
	s->built = min_t(int, s->built, BUILT_CONTEXT);
	if (s->grace == GRACE_NOT_ASKED) {
		s->grace = GRACE_ASKED;
		queue_work(system_unbound_wq, &s->grace_work);
	}
	err = wait_until_unreachable(s, interruptible);
	if (err) {
		if (err == -EBUSY && !s->stuck)
			say_stuck(s);
		s->stuck = s->stuck || err == -EBUSY;
		return err;
	}
	flush_work(&s->grace_work);
	if (s->built >= BUILT_CONTEXT)
		context_undo(s);
	s->built = BUILT_NOTHING;
	if (s->fault->end)
		s->fault->end(s);
	fuka_record(s, "disarmed", atomic64_read(&s->fired));
	return 0;
}

void fuka_slot_free(struct fuka_slot *s)
{
	kfree(s);
}

/* --- checks of the input from user space --- */

#define REFUSE(err, fmt, ...)                                                                                          \
	({                                                                                                             \
		pr_warn("not armed: " fmt "\n", ##__VA_ARGS__);                                                        \
		(err);                                                                                                 \
	})

static const char *const context_names[] = {
#define CONTEXT(id, name, what) name,
	FUKA_CONTEXT_LIST
#undef CONTEXT
};

static bool is_word(const char *text, size_t size)
{
	size_t i, n = strnlen(text, size);

	for (i = 0; i < n; i++)
		if (!isalnum(text[i]) && !strchr("-_.", text[i]))
			return false;
	return n < size;
}

static u64 words_in(const char *words)
{
	u64 n = 1;

	while ((words = strchr(words, ' '))) {
		words++;
		n++;
	}
	return n;
}

static int check_args(const struct fuka_arm *a, const struct fuka_fault *f)
{
	const struct fuka_fault_arg *d = f->args;
	size_t i;

	for (i = 0; i < FUKA_ARGS; i++) {
		u64 v = a->arg[i];

		if (!d->name) {
			if (v)
				return REFUSE(-EINVAL, "%s takes %zu parameters, but parameter %zu (from 0) is given",
					      f->name, i, i);
			continue;
		}
		if (d->choice ? v >= words_in(d->words) : (d->least || d->most) && (v < d->least || v > d->most))
			return REFUSE(-ERANGE, "%s: %s=%llu is out of range", f->name, d->name, v);
		d++;
	}
	return 0;
}

static int check_context(const struct fuka_arm *a, const struct fuka_fault *f)
{
	const char *in = a->context < FUKA_CONTEXTS ? context_names[a->context] : "?";
	bool packet = a->trigger == FUKA_ON_PACKET;

	if (a->context >= FUKA_CONTEXTS || !(f->contexts & (1u << a->context)))
		return REFUSE(-EINVAL, "%s does not work in the context %s", f->name, in);
	if (f->contexts & FUKA_ON_ITS_PACKET && !packet)
		return REFUSE(-EINVAL, "%s works on a packet: its trigger must be a packet", f->name);
	if (!(f->contexts & FUKA_ON_ITS_ALLOC) != (a->trigger != FUKA_ON_ALLOC))
		return REFUSE(-EINVAL, "fail-alloc, and only fail-alloc, needs an allocation as trigger");
	if (a->trigger == FUKA_ON_ALLOC)
		return 0;
	if (a->context == FUKA_SOFTIRQ && (!packet || a->packet.hook > FUKA_FORWARD))
		return REFUSE(-EINVAL,
			      "the context softirq needs a packet as trigger, at pre-routing, local-in or forward");
	if (a->context == FUKA_CALLER && packet && a->packet.hook < FUKA_LOCAL_OUT)
		return REFUSE(-EINVAL,
			      "the caller of a packet is its sender: that needs the hook local-out or post-routing");
	if (a->context == FUKA_CALLER && packet && FUKA_HAS_TO_SLEEP(f->contexts))
		return REFUSE(-EINVAL, "%s sleeps, and a netfilter hook must not: use a trigger other than a packet",
			      f->name);
	if (FUKA_GFP_WAITS(f->contexts, a->arg[FUKA_GFP_AT]) &&
	    (!(1u << a->context & FUKA_IN_TASKS) || (a->context == FUKA_CALLER && packet)))
		return REFUSE(-EINVAL, "%s: in the context %s gfp must be atomic or nowait: the others may sleep",
			      f->name, in);
	if ((a->context == FUKA_CALLER || a->context == FUKA_INIT) && a->trigger == FUKA_ON_DELAY)
		return REFUSE(-EINVAL, "after a delay the caller is gone: the context %s needs another trigger", in);
	if (a->context == FUKA_IPI && num_online_cpus() < 2)
		return REFUSE(-ENODEV, "the context ipi needs a second CPU, but only one is online");
	return 0;
}

static int check(const struct fuka_arm *a, const struct fuka_fault *f, bool init)
{
	int err;

	if (!is_word(a->label, sizeof(a->label)))
		return REFUSE(-EINVAL, "the label has a character other than letters, digits, - _ . or is too long");
	if (a->trigger >= FUKA_TRIGGERS || a->flags & ~FUKA_DRY_RUN || a->alloc >= FUKA_ALLOCS || a->id)
		return REFUSE(-EINVAL, "%s: unknown trigger or flags", f->name);
	if ((a->context == FUKA_INIT) != init)
		return REFUSE(-EINVAL, "the context init is only for init_fault=, when the module is loaded");
	if (!a->probability || a->probability > 100 || !a->interval)
		return REFUSE(-ERANGE, "%s: probability must be 1 to 100 percent, interval at least 1", f->name);
	if (a->delay_ns > KTIME_MAX / 2 || a->every_ns > KTIME_MAX / 2 || (a->every_ns && a->every_ns < 10000))
		return REFUSE(-ERANGE, "%s: a delay must be at most 146 years, and hits at least 10 us apart", f->name);
	if (a->times > S64_MAX || a->space > S64_MAX || a->nth > S64_MAX)
		return REFUSE(-ERANGE, "%s: times, space or nth exceeds 63 bits", f->name);
	if (strnlen(a->task, sizeof(a->task)) == sizeof(a->task) || (*a->task && a->trigger != FUKA_ON_ALLOC))
		return REFUSE(-EINVAL, "%s: a task's name needs an allocation as trigger and has at most 15 characters",
			      f->name);
	if (a->trigger == FUKA_ON_PACKET && !fuka_packet_is_sane(&a->packet))
		return REFUSE(-EINVAL, "%s: the conditions on the packet contradict each other", f->name);
	err = check_context(a, f);
	return err ? err : check_args(a, f);
}

int fuka_slot_new(const struct fuka_arm *arm, const void *owner, struct fuka_slot **out)
{
	const struct fuka_fault *f;
	struct fuka_slot *s;
	int err;

	if (!is_word(arm->fault, sizeof(arm->fault)))
		return REFUSE(-EINVAL,
			      "the fault's name has a character other than letters, digits, - _ . or is too long");
	f = fuka_fault_find(arm->fault);
	if (!f)
		return REFUSE(-ENOENT, "there is no fault '%s' in this module", arm->fault);
	err = check(arm, f, !owner);
	if (err)
		return err;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->arm = *arm;
	s->fault = f;
	s->owner = owner;
	init_waitqueue_head(&s->wait);
	INIT_WORK(&s->grace_work, await_grace);
	skb_queue_head_init(&s->held);
	atomic64_set(&s->times_left, arm->times);
	atomic64_set(&s->space_left, arm->space);
	*out = s;
	return 0;
}

int fuka_slot_start(struct fuka_slot *s)
{
	int err = context_build(s);

	if (err)
		return err;
	s->built = BUILT_TRIGGER;
	return trigger_build(s);
}
