// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uses the CPU's CRC-32C instruction if it has one (SSE 4.2: every x86-64 of the last fifteen years and QEMU's -cpu
 * max), else a table. The guest pays for every byte it records, so this is
 * worth two variants.
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

/* In crc32c_ARCH.c, of an architecture whose CPUs may have the instruction: false, and *crc untouched, if this one has not. */
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
