// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uses the CPU's CRC-32C instruction if it has one, otherwise a table. The guest computes this for every byte it
 * records, which makes the second variant worthwhile.
 */
#include "lib/base/crc32c.h"

#include <stdbool.h>

#define POLYNOMIAL 0x82f63b78u /* reflected */

static uint32_t table[256];

__attribute__((constructor)) static void make_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ POLYNOMIAL : c >> 1;
		table[i] = c;
	}
}

static uint32_t by_table(uint32_t crc, const unsigned char *p, size_t n)
{
	while (n--)
		crc = table[(crc ^ *p++) & 255] ^ crc >> 8;
	return crc;
}

/*
 * Defined in crc32c_ARCH.c for architectures whose CPUs may have the instruction. Returns false, and leaves *crc
 * unchanged, if this CPU does not have it.
 */
bool crc32c_by_cpu(uint32_t *crc, const unsigned char *p, size_t n) __attribute__((weak));

uint32_t crc32c(uint32_t crc, const void *bytes, size_t n)
{
	if (!n)
		return crc;
	crc = ~crc;
	if (crc32c_by_cpu && crc32c_by_cpu(&crc, bytes, n))
		return ~crc;
	return ~by_table(crc, bytes, n);
}
