// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sysinfo(2): the bytes of struct sysinfo. Its loads[] are the kernel's avenrun shifted left by 5, which are exact,
 * while /proc/loadavg has two decimals: only they can be checked against the kernel's arithmetic.
 */
#include "collect/sample/sources/source.h"

#include <string.h>
#include <sys/sysinfo.h>

extern const struct source source_sysinfo;

static ssize_t call(char *buf, size_t size)
{
	struct sysinfo info;

	memset(&info, 0, sizeof(info)); /* including the padding, because recordings must be identical to the byte */
	if (size < sizeof(info) || sysinfo(&info))
		return -1;
	memcpy(buf, &info, sizeof(info));
	return sizeof(info);
}

const struct source source_sysinfo = {.call = call, .bytes = sizeof(struct sysinfo)};
