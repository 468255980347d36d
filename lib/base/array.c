// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/base/array.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 8 /* a power of two, like every later capacity */

bool array_grow(void *array, size_t count, size_t element)
{
	size_t capacity = count < FIRST_CAPACITY ? FIRST_CAPACITY : count * 2;
	void *at;

	if (count && (count < FIRST_CAPACITY || (count & (count - 1))))
		return true;
	memcpy(&at, array, sizeof(at)); /* the type of the array is unknown here */
	at = reallocarray(at, capacity, element);
	if (!at)
		return false;
	memcpy(array, &at, sizeof(at));
	return true;
}
