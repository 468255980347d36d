// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as one line of the kernel's log. The text is checked to be the line's beginning. */
#include "collect/analyse/klog.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct klog_event e;
	char *line = malloc(n + 1); /* its own allocation, so that reading beyond it shows */

	if (!line)
		return 0;
	memcpy(line, bytes, n);
	if (klog_parse(line, n, &e)) {
		size_t length = strlen(e.text);

		if (length > n || memcmp(e.text, line, length) || !klog_word(e.class) || e.rss_bytes < -1 ||
		    e.anon_bytes > e.rss_bytes || e.vm_bytes < -1 || e.pid < 0 || e.cpu < -1 || e.seconds < -1 ||
		    e.order < -1)
			abort();
		if (!strstr(e.text, e.comm) || !strstr(e.text, e.gfp) || *e.invoker || *e.constraint)
			abort();
	}
	free(line);
	return 0;
}
