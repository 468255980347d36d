// SPDX-License-Identifier: GPL-2.0-or-later
/* CRC-32C against published values. */
#include "lib/base/crc32c.h"
#include "tests/unit/tap.h"

int main(void)
{
	static const char nine[] = "123456789";
	unsigned char zeros[32] = {0};

	ok(crc32c(0, nine, 9) == 0xe3069283, "the check value of CRC-32C");
	ok(crc32c(crc32c(0, nine, 4), nine + 4, 5) == 0xe3069283, "in two parts");
	ok(crc32c(0, zeros, sizeof(zeros)) == 0x8a9136aa, "32 zeroes, RFC 3720 B.4");
	ok(crc32c(0, NULL, 0) == 0, "nothing");
	return tap_end();
}
