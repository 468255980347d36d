// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that a fault takes: kmod/families/memory.c as it is, over a heap that says what was taken from it. How much, in
 * which pieces, and who gives it back.
 */
#include "tests/unit/kernel/kernel.h"
#include "tests/unit/tap.h"

#define FUKA_KMOD_CORE_H

#define PAGE_SIZE        4096ul
#define PAGE_ALIGN(n)    (((n) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#define MAX_PAGE_ORDER   10
#define KMALLOC_MAX_SIZE (4ul << 20)
#define GFP_ATOMIC       1u
#define GFP_KERNEL       2u
#define GFP_NOFS         3u
#define GFP_NOWAIT       4u
#define __GFP_NOFAIL     8u

#define current                    NULL
#define cond_resched()             ((void)0)
#define fatal_signal_pending(task) ((void)(task), false)
#define fuka_may_sleep(shot)       ((void)(shot), true)
#define fuka_stopping(shot)        ((shot)->slot->stopping)
#define DEFINE_MUTEX(name)         int name
#define mutex_lock(m)              ((void)(*(m))++)
#define mutex_unlock(m)            ((void)(*(m))--)

struct llist_node {
	struct llist_node *next;
};
struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD(name) struct llist_head name
#define llist_for_each_entry_safe(p, n, node, member)                                                                  \
	for (p = (void *)(node); p && (n = (void *)(p)->member.next, true); p = n)

static void llist_add(struct llist_node *node, struct llist_head *head)
{
	node->next = head->first;
	head->first = node;
}

static struct llist_node *llist_del_all(struct llist_head *head)
{
	struct llist_node *all = head->first;

	head->first = NULL;
	return all;
}

/* The heap. */
static u64 pages, objects, areas, most;
static gfp_t asked;

static void *give(u64 *count, u64 by, size_t bytes, gfp_t gfp)
{
	asked = gfp;
	if (most && pages + objects + areas >= most)
		return NULL;
	*count += by;
	return calloc(1, bytes);
}

static unsigned long __get_free_pages(gfp_t gfp, unsigned order)
{
	return (unsigned long)give(&pages, 1ul << order, PAGE_SIZE << order, gfp);
}

static void free_pages(unsigned long at, unsigned order)
{
	pages -= 1ul << order;
	free((void *)at);
}

static void *kmalloc(size_t bytes, gfp_t gfp)
{
	return give(&objects, 1, bytes, gfp);
}

static void kfree(void *p)
{
	objects--;
	free(p);
}

static void *__vmalloc(size_t bytes, gfp_t gfp)
{
	return give(&areas, 1, bytes, gfp);
}

static void vfree(void *p)
{
	areas--;
	free(p);
}

extern const struct fuka_fault fuka_memory_faults[];
u64 fuka_memory_taken(void);
void fuka_memory_give_back(void);

#include "kmod/families/memory.c"

enum {
	PAGES,
	KMALLOC,
	VMALLOC
};

static void act(int fault, struct fuka_slot *s, u64 size, u64 how)
{
	s->arm.arg[SIZE_AT] = size;
	s->arm.arg[GFP_AT] = 1;
	s->arm.arg[ORDER_AT] = how;
	fuka_memory_faults[fault].act(&(struct fuka_shot){.slot = s, .arg = s->arm.arg});
}

static void sizes(void)
{
	static const struct {
		int fault;
		u64 size, how, bytes;
	} all[] = {
		{PAGES, 4096, 0, 4096},      {PAGES, 4097, 0, 8192},        {PAGES, 65536, 4, 65536},
		{PAGES, 8192, 4, 65536},     {KMALLOC, 65536, 1024, 65536}, {KMALLOC, 1000, 100, 1000},
		{VMALLOC, 8192, 4096, 8192}, {VMALLOC, 8192, 5000, 8192},
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct fuka_slot s = {0};

		act(all[i].fault, &s, all[i].size, all[i].how);
		ok((u64)s.taken_bytes.n == all[i].bytes && fuka_memory_taken() == all[i].bytes && asked == GFP_KERNEL,
		   "%s of %llu takes %lld bytes", fuka_memory_faults[all[i].fault].name,
		   (unsigned long long)all[i].size, (long long)s.taken_bytes.n);
		fuka_memory_faults[all[i].fault].end(&s);
		fuka_memory_give_back();
		ok(!fuka_memory_taken() && !pages && !objects && !areas, "… and gives all of it back");
	}
}

/* keep: is a choice of yes and no. */
static void kept(void)
{
	struct fuka_slot keeps = {.arm.arg[KEEP_AT] = 0}, lets_go = {.arm.arg[KEEP_AT] = 1};

	act(PAGES, &keeps, 8192, 0);
	act(PAGES, &lets_go, 16384, 0);
	act(KMALLOC, &lets_go, 1024, 512);
	fuka_memory_faults[PAGES].end(&lets_go);
	ok(pages == 2 && !objects && fuka_memory_taken() == 8192, "keep: no gives back what is its own, and no more");
	fuka_memory_faults[PAGES].end(&keeps);
	ok(pages == 2 && fuka_memory_taken() == 8192, "keep: yes keeps it beyond its end");
	fuka_memory_give_back();
	ok(!pages && !fuka_memory_taken() && keeps.taken_bytes.n == 8192,
	   "… until all is given back, and is no slot's then");
}

static void until_nothing_is_left(void)
{
	struct fuka_slot s = {.arm.arg[KEEP_AT] = 1};

	most = 100;
	act(PAGES, &s, 0, 0);
	ok(pages == 100, "size: 0 goes on until nothing is left: %llu pages", (unsigned long long)pages);
	most = 0;
	fuka_memory_faults[PAGES].end(&s);
	s.stopping = true;
	act(PAGES, &s, 0, 0);
	ok(!pages, "… or until it is stopped");
}

int main(void)
{
	sizes();
	kept();
	until_nothing_is_left();
	ok(!giving_back, "nobody holds the lock");
	return tap_end();
}
