/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between the kernels that fuka.ko is built for, 5.10 to 6.12: defines the newer names in terms of the
 * older ones.
 */
#ifndef FUKA_KMOD_COMPAT_H
#define FUKA_KMOD_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mmzone.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/timer.h>
#include <linux/version.h>

/* Exported, but not declared in any header that modules can include. */
unsigned long rcu_get_gp_seq(void);

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define in_hardirq() in_irq()
#endif

#ifndef INIT_CSD
#define INIT_CSD(_csd, _func, _info)                                                                                   \
	do {                                                                                                           \
		(_csd)->func = (_func);                                                                                \
		(_csd)->info = (_info);                                                                                \
	} while (0)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define MAX_PAGE_ORDER (MAX_ORDER - 1)
#elif !defined(MAX_PAGE_ORDER)
#define MAX_PAGE_ORDER MAX_ORDER
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync(t) del_timer_sync(t)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *t, enum hrtimer_restart (*fn)(struct hrtimer *), clockid_t clock,
				 enum hrtimer_mode mode)
{
	hrtimer_init(t, clock, mode);
	t->function = fn;
}
#endif

#endif
