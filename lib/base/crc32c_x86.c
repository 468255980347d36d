// SPDX-License-Identifier: GPL-2.0-or-later
/* Uses SSE 4.2, which every x86-64 of the last fifteen years and QEMU's -cpu max has. */
#include "lib/base/crc32c.h"

#include <stdbool.h>
#include <string.h>

bool crc32c_by_cpu(uint32_t *crc, const unsigned char *p, size_t n);

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const unsigned char *p, size_t n)
{
	uint64_t c = crc;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		c = __builtin_ia32_crc32di(c, word);
	}
	for (; n; n--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
}

bool crc32c_by_cpu(uint32_t *crc, const unsigned char *p, size_t n)
{
	if (!__builtin_cpu_supports("sse4.2"))
		return false;
	*crc = by_instruction(*crc, p, n);
	return true;
}
