// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a Prometheus rule file, and as a task walk's text. */
#include "collect/exports/rules.h"
#include "collect/tasklist.h"
#include "lib/say.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static char path[64];
	static int fd = -1;
	struct tasklist t;
	struct rules r;
	char text[100];

	if (fd < 0) {
		fd = memfd_create("rules", 0);
		say_to(open("/dev/null", O_WRONLY));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) || pwrite(fd, bytes, n, 0) != (ssize_t)n)
		abort();
	if (!rules_read(path, &r))
		rules_free(&r);
	tasklist_read((const char *)bytes, n, &t);
	tasklist_text(&t, text, sizeof(text));
	return 0;
}
