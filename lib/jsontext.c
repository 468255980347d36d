// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/jsontext.h"

#include <stdlib.h>
#include <string.h>

json_t *jsontext(const char *text)
{
	json_t *j = text ? json_string(text) : json_null();
	char *ascii = j ? NULL : strdup(text);

	for (char *c = ascii; c && *c; c++)
		if (*c & 0x80)
			*c = '?';
	if (ascii)
		j = json_string(ascii);
	free(ascii);
	return j;
}
