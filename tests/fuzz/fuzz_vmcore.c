// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the core of a guest, in which every address is the guest's word. Only its headers are rewritten; the log
 * that is read is lines with a time, and a console that shows just this log has no line that is not in it.
 */
#include "lab/host/vmcore.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(struct vmcore_log *log, size_t bytes)
{
	struct vmcore v = {0};
	char *console = NULL;
	size_t n, plain = 0, lines = log->count;
	FILE *f = open_memstream(&console, &n);

	for (size_t i = 0; i < lines; i++) {
		const char *line = log->line[i];

		if (strncmp(line, "[", 1) || !strstr(line, "] ") || strchr(line, '\n') || strlen(line) > bytes + 64)
			abort();
		if (strchr(line, '\r')) /* a console's line ends there */
			continue;
		fprintf(f, "%s\n", line);
		plain++;
	}
	fclose(f);
	vmcore_compare(log, console, n, &v);
	if (v.missing || v.log_lines != lines || v.console_lines > plain)
		abort();
	free(console);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct vmcore_log log = {.count = 7};
	const char *what = NULL;
	char *core = malloc(n + 1);

	if (!core)
		return 0;
	memcpy(core, bytes, n);
	if (vmcore_log(core, n, &log, &what)) {
		if (!what || log.count != 7)
			abort();
	} else {
		if (!log.count)
			abort();
		check(&log, n);
		vmcore_log_free(&log);
	}
	free(core);
	return 0;
}
