// SPDX-License-Identifier: GPL-2.0-or-later
/* What the memory benchmark compares with: one MADV_POPULATE_WRITE of argv[1] MiB. Prints the seconds it took. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

int main(int argc, char **argv)
{
	size_t bytes = argc > 1 ? strtoull(argv[1], NULL, 10) << 20 : 0;
	struct timespec a, b;
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	clock_gettime(CLOCK_MONOTONIC, &a);
	if (p == MAP_FAILED || madvise(p, bytes, MADV_POPULATE_WRITE))
		return perror("MADV_POPULATE_WRITE"), 1;
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.4f\n", (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}
