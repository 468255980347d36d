// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bugs that a kernel may detect, each done once, plainly. What follows depends on the context and the kernel's checks:
 * the grid (kmod/grid) lists what is expected. What the compiler would detect is hidden from it.
 */
#include "kmod/core/core.h"

#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>

#define OBJECT 64

static void act_panic(struct fuka_shot *shot)
{
	panic("fuka: asked to");
}

static void act_bug(struct fuka_shot *shot)
{
	BUG();
}

static void act_warn(struct fuka_shot *shot)
{
	WARN(1, "fuka: asked to\n");
}

static void act_null(struct fuka_shot *shot)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	WRITE_ONCE(*nowhere, 1);
}

static void act_jump(struct fuka_shot *shot)
{
	void (*nowhere)(void) = (void *)0xdeadUL;

	OPTIMIZER_HIDE_VAR(nowhere);
	nowhere();
}

/* gcc folds 1 / 0 into code that does not trap. */
static void act_divide(struct fuka_shot *shot)
{
#ifdef CONFIG_X86
	asm volatile("xorl %%ecx, %%ecx\n\txorl %%edx, %%edx\n\tdivl %%ecx" : : "a"(1) : "ecx", "edx", "cc");
#else
	int zero = 0;

	OPTIMIZER_HIDE_VAR(zero);
	WRITE_ONCE(shot->verdict, 1 / zero);
#endif
}

static noinline int recurse(int depth)
{
	volatile char frame[512];

	frame[0] = depth;
	if (depth < INT_MAX)
		depth = recurse(depth + 1);
	return depth + frame[0];
}

static void act_stack_overflow(struct fuka_shot *shot)
{
	WRITE_ONCE(shot->verdict, recurse(0));
}

static noinline void smash(size_t n)
{
	volatile char array[16];
	volatile char *p = array;
	size_t i;

	OPTIMIZER_HIDE_VAR(p);
	for (i = 0; i < n; i++)
		p[i] = 'x';
}

static void act_stack_smash(struct fuka_shot *shot)
{
	smash(64);
}

static void act_list_corruption(struct fuka_shot *shot)
{
	LIST_HEAD(head);
	struct list_head element;

	list_add(&element, &head);
	list_del(&element);
	list_del(&element);
}

static void act_double_free(struct fuka_shot *shot)
{
	void *p = kmalloc(OBJECT, GFP_ATOMIC), *again = p;

	OPTIMIZER_HIDE_VAR(again);
	kfree(p);
	kfree(again);
}

static void act_use_after_free(struct fuka_shot *shot)
{
	char *p = kmalloc(OBJECT, GFP_ATOMIC), *again = p;
	size_t n = shot->arg[0] ? OBJECT : sizeof(long);

	OPTIMIZER_HIDE_VAR(again);
	kfree(p);
	if (again)
		memset(again, 'x', n);
}

static void act_overflow(struct fuka_shot *shot)
{
	size_t n = 2 * OBJECT;
	char *p = kmalloc(OBJECT, GFP_ATOMIC);

	OPTIMIZER_HIDE_VAR(n);
	if (p)
		memset(p, 'x', n);
	kfree(p);
}

#define FUKA_TABLE  "crash.h"
#define FUKA_FAULTS fuka_crash_faults
#define FUKA_END    NULL
#include "kmod/families/family.h"
