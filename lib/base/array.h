/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays that grow by one element at a time. An array is a pointer, NULL while it is empty, and a count; its capacity
 * follows from the count, so that it need not be stored.
 */
#ifndef FUKA_ARRAY_H
#define FUKA_ARRAY_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Makes room for one element after the first `count` of the array whose pointer is at `array`. False, with the array
 * unchanged, if there is no memory.
 */
bool array_grow(void *array, size_t count, size_t element);

/* Appends a value and counts it: 0 or -ENOMEM. The arguments are evaluated more than once. */
#define array_push(array, count, ...)                                                                                  \
	(array_grow(&(array), count, sizeof(*(array))) ? ((array)[(count)++] = (__VA_ARGS__), 0) : -ENOMEM)

#endif
