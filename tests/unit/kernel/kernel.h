/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What files of fuka.ko have of the kernel, for unit tests that include them as they are: one CPU, and a heap that says what
 * was taken from it.
 */
#ifndef FUKA_TEST_KERNEL_H
#define FUKA_TEST_KERNEL_H

#include "kmod/uapi.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef uint32_t u32;
typedef __u64 u64;
typedef __s64 s64;
typedef unsigned gfp_t;

#define READ_ONCE(x)  (x)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

typedef struct {
	s64 n;
} atomic64_t;

static inline s64 atomic64_read(const atomic64_t *a)
{
	return a->n;
}

static inline s64 atomic64_inc_return(atomic64_t *a)
{
	return ++a->n;
}

static inline void atomic64_add(s64 by, atomic64_t *a)
{
	a->n += by;
}

static inline void atomic64_sub(s64 by, atomic64_t *a)
{
	a->n -= by;
}

static inline s64 atomic64_dec_if_positive(atomic64_t *a)
{
	return a->n > 0 ? --a->n : a->n - 1;
}

/* An armed fault and one execution of it: what the files under test have of them. */
struct fuka_slot {
	struct fuka_arm arm;
	bool stopping;
	atomic64_t hits, taken_bytes, times_left, space_left;
};

struct fuka_shot {
	struct fuka_slot *slot;
	const u64 *arg;
};

struct fuka_fault_arg {
	const char *name;
	bool choice;
	u64 least, most;
	const char *words;
};

struct fuka_fault {
	const char *name;
	u32 contexts;
	const struct fuka_fault_arg *args;
	void (*act)(struct fuka_shot *shot);
	void (*end)(struct fuka_slot *slot);
};

#endif
