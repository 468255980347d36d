// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that is allocated and kept. Each piece contains its own list link, so that keeping it needs no further memory;
 * one list has all pieces until they are released or the module is unloaded. GFP_ATOMIC never invokes the OOM killer;
 * the next allocation that may sleep does. In a task with GFP_KERNEL the action itself invokes it, and ends when its
 * own task is the victim.
 */
#include "kmod/core/core.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

enum {
	SIZE_AT,
	GFP_AT,
	ORDER_AT,
	OBJECT_AT = ORDER_AT,
	KEEP_AT
};
enum how {
	BY_PAGES,
	BY_KMALLOC,
	BY_VMALLOC
};

/* The header of every piece. */
struct taken_piece {
	struct llist_node link;
	struct fuka_slot *slot; /* its owner; NULL once that is disarmed */
	u32 how, order;
	u64 bytes;
};

static DEFINE_MUTEX(giving_back); /* held while the list is taken apart, because its pieces refer to slots */
static LLIST_HEAD(pieces);
static atomic64_t taken;

static gfp_t gfp_of(const struct fuka_shot *shot)
{
	static const gfp_t flags[] = {
#define GFP_FLAGS(word, flags) flags,
		FUKA_GFP_LIST(GFP_FLAGS)
#undef GFP_FLAGS
	};

	return flags[shot->arg[GFP_AT]];
}

static struct taken_piece *take(const struct fuka_shot *shot, enum how how, u64 bytes)
{
	gfp_t gfp = gfp_of(shot);

	if (how == BY_PAGES)
		return (void *)__get_free_pages(gfp, shot->arg[ORDER_AT]);
	if (how == BY_KMALLOC)
		return kmalloc(bytes, gfp);
	return __vmalloc(bytes, gfp);
}

static void leak(const struct fuka_shot *shot, enum how how, u64 bytes)
{
	struct fuka_slot *s = shot->slot;
	u64 size = shot->arg[SIZE_AT], got = 0;

	while ((!size || got < size) && !fuka_stopping(shot)) {
		struct taken_piece *p = take(shot, how, bytes);

		if (!p)
			break;
		*p = (struct taken_piece){.slot = s, .how = how, .order = shot->arg[ORDER_AT], .bytes = bytes};
		llist_add(&p->link, &pieces);
		got += bytes;
		atomic64_add(bytes, &s->taken_bytes);
		atomic64_add(bytes, &taken);
		if (fuka_may_sleep(shot)) {
			/* An OOM victim may use the memory reserves: if it did not stop, it would exhaust them. */
			if (fatal_signal_pending(current))
				break;
			cond_resched();
		}
	}
}

static void act_leak_pages(struct fuka_shot *shot)
{
	leak(shot, BY_PAGES, (u64)PAGE_SIZE << shot->arg[ORDER_AT]);
}

static void act_leak_kmalloc(struct fuka_shot *shot)
{
	leak(shot, BY_KMALLOC, shot->arg[OBJECT_AT]);
}

static void act_leak_vmalloc(struct fuka_shot *shot)
{
	leak(shot, BY_VMALLOC, PAGE_ALIGN(shot->arg[OBJECT_AT]));
}

static void free_piece(struct taken_piece *p)
{
	atomic64_sub(p->bytes, &taken);
	if (p->slot)
		atomic64_sub(p->bytes, &p->slot->taken_bytes);
	if (p->how == BY_PAGES)
		free_pages((unsigned long)p, p->order);
	else if (p->how == BY_KMALLOC)
		kfree(p);
	else
		vfree(p);
}

u64 fuka_memory_taken(void)
{
	return atomic64_read(&taken);
}

void fuka_memory_give_back(void)
{
	struct taken_piece *p, *next;

	mutex_lock(&giving_back);
	llist_for_each_entry_safe(p, next, llist_del_all(&pieces), link)
	{
		free_piece(p);
		cond_resched();
	}
	mutex_unlock(&giving_back);
}

/* A slot that ends disowns its pieces, or frees them with keep=no. */
static void end_memory(struct fuka_slot *s)
{
	struct taken_piece *p, *next;

	mutex_lock(&giving_back);
	llist_for_each_entry_safe(p, next, llist_del_all(&pieces), link)
	{
		bool mine = p->slot == s;

		if (mine && s->arm.arg[KEEP_AT]) {
			free_piece(p);
		} else {
			if (mine)
				p->slot = NULL;
			llist_add(&p->link, &pieces);
		}
		cond_resched();
	}
	mutex_unlock(&giving_back);
}

#define FUKA_TABLE  "memory.h"
#define FUKA_FAULTS fuka_memory_faults
#define FUKA_END    end_memory
#include "kmod/families/family.h"

/* The limits in the table's rows must suit the code. */
static_assert(sizeof(struct taken_piece) <= FUKA_PIECE_BYTES);
static_assert(GFP_AT == FUKA_GFP_AT);
static_assert(FUKA_MOST_ORDER <= MAX_PAGE_ORDER);
static_assert(FUKA_MOST_OBJECT <= KMALLOC_MAX_SIZE);
