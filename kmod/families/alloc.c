// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocations that fail although there is memory, as with CONFIG_FAILSLAB and CONFIG_FAIL_PAGE_ALLOC, for kernels built
 * without these. Up to 6.10 the allocators call a function, should_failslab() or should_fail_alloc_page(), which then
 * always returns false; a kprobe at its entry returns in its place. From 6.11 on the function exists only if fault
 * injection is configured: otherwise the trigger is refused. Each call is a hit, so interval, probability, times and
 * space mean what they mean in lib/fault-inject.c.
 */
#define pr_fmt(fmt) "fuka: " fmt

#include "kmod/core/core.h"

#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

/* Entered as if it had been called in place of the probed function. */
static noinline int no_object(struct kmem_cache *cache, gfp_t gfp)
{
	return -ENOMEM;
}

static noinline bool no_page(gfp_t gfp, unsigned int order)
{
	return true;
}

static const struct {
	const char *symbol;
	void *instead;
} asked[] = {
	[FUKA_ALLOC_SLAB] = {"should_failslab", no_object},
	[FUKA_ALLOC_PAGES] = {"should_fail_alloc_page", no_page},
};

static bool is_meant(const struct fuka_slot *s)
{
	bool here = s->arm.context == FUKA_SOFTIRQ ? in_serving_softirq() && !in_hardirq() : in_task();

	return here && (!*s->arm.task || !strncmp(current->comm, s->arm.task, TASK_COMM_LEN));
}

/* Must not allocate, nor may what it calls. */
static int on_asked(struct kprobe *p, struct pt_regs *regs)
{
	struct fuka_slot *s = container_of(p, struct fuka_slot, probe);

	if (!is_meant(s) || fuka_hit(s, NULL, NULL) != NF_DROP)
		return 0;
	instruction_pointer_set(regs, (unsigned long)asked[s->arm.alloc].instead);
	return 1;
}

/*
 * A post handler keeps the kprobe from being optimized into a jump, which would ignore the changed instruction pointer.
 */
static void after(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static bool was_probed;

int fuka_alloc_build(struct fuka_slot *s)
{
	int err;

	s->probe = (struct kprobe){
		.symbol_name = asked[s->arm.alloc].symbol, .pre_handler = on_asked, .post_handler = after};
	err = register_kprobe(&s->probe);
	if (err) {
		pr_warn("not armed: this kernel has no %s() (%d), so its allocations cannot be made to fail\n",
			s->probe.symbol_name, err);
		s->probe.symbol_name = NULL;
		return -EOPNOTSUPP;
	}
	was_probed = true;
	return 0;
}

void fuka_alloc_undo(struct fuka_slot *s)
{
	if (s->probe.symbol_name)
		unregister_kprobe(&s->probe);
	s->probe.symbol_name = NULL;
}

/* A task that was redirected to no_object() and then preempted has yet to run it, although the probe is gone. */
void fuka_alloc_exit(void)
{
	if (was_probed)
		synchronize_rcu_tasks();
}

static void act_fail_alloc(struct fuka_shot *shot)
{
	shot->verdict = NF_DROP;
}

#define FUKA_TABLE  "alloc.h"
#define FUKA_FAULTS fuka_alloc_faults
#define FUKA_END    NULL
#include "kmod/families/family.h"
