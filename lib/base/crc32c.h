/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32C (Castagnoli, RFC 3720 appendix B.4; check value of "123456789" is 0xe3069283). */
#ifndef FUKA_CRC32C_H
#define FUKA_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues `crc` (0 to begin) over n bytes. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

#endif
