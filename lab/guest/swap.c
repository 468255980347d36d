// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header of a swap area is one page (union swap_header in include/linux/swap.h): at offset 1024 the version, 1, and
 * the number of the last page; in the last ten bytes "SWAPSPACE2".
 */
#include "lab/guest/swap.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#define PAGE       4096
#define INFO_AT    1024
#define MAGIC      "SWAPSPACE2"
#define MAGIC_SIZE 10

static int make_area(const char *device)
{
	_cleanup_(sys_closep) int fd = open(device, O_RDWR | O_CLOEXEC);
	char page[PAGE] = {0};
	off_t bytes = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

	if (bytes < 10 * PAGE)
		return fd < 0 ? -errno : -ENOSPC;
	uint32_t info[2] = {1, bytes / PAGE - 1};

	memcpy(page + INFO_AT, info, sizeof(info));
	memcpy(page + PAGE - MAGIC_SIZE, MAGIC, MAGIC_SIZE);
	if (pwrite(fd, page, PAGE, 0) != PAGE || fsync(fd))
		return -errno;
	return 0;
}

int swap_device(const char *device)
{
	int r = make_area(device);

	return r ? r : swapon(device, 0) ? -errno : 0;
}

int swap_zram(int64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)bytes);
	int r = sys_write_tunable("/sys/block/zram0/disksize", text);

	return r ? r : swap_device("/dev/zram0");
}
