// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/base/utf8.h"

int utf8_length(const char *text, size_t n)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t bytes = !n                        ? 0
		       : *c < 0x80               ? 1
		       : *c >= 0xc2 && *c < 0xe0 ? 2
		       : *c >= 0xe0 && *c < 0xf0 ? 3
		       : *c >= 0xf0 && *c < 0xf5 ? 4
						 : 0;

	if (bytes > n)
		return 0;
	for (size_t i = 1; i < bytes; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if (bytes > 2 && ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) || (*c == 0xf0 && c[1] < 0x90) ||
			  (*c == 0xf4 && c[1] > 0x8f)))
		return 0;
	return (int)bytes;
}
