// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/base/array.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 8 /* a power of two, as every later room is */

bool array_room(void *array, size_t count, size_t element)
{
	size_t room = count < FIRST_ROOM ? FIRST_ROOM : count * 2;
	void *at;

	if (count && (count < FIRST_ROOM || (count & (count - 1))))
		return true;
	memcpy(&at, array, sizeof(at)); /* of whatever type the array is */
	at = reallocarray(at, room, element);
	if (!at)
		return false;
	memcpy(array, &at, sizeof(at));
	return true;
}
