// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory: one task that takes anonymous memory, page by page, to a size or until the kernel ends it.
 *
 * The mapping is MAP_NORESERVE, so that the kernel's overcommit heuristics do not refuse it first: what stops it is
 * memory itself. Killed by the OOM killer is a result here, not an error.
 */
#include "loadgen/loadgen.h"
#include "lib/say.h"
#include "lib/sys.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ENDLESS	     (1ll << 40) /* more than any guest: "until OOM" */
#define CHUNK_BYTES  (1ll << 20)

struct values {
	int64_t size;
	bool until_oom;
};

static const struct param params[] = {
	{"size", PARAM_SIZE, "64M", 4096, 1099511627776, NULL, "how much to touch and hold",
	 offsetof(struct values, size)},
	{"until_oom", PARAM_BOOL, "false", 0, 0, NULL, "go on until the OOM killer acts; size is ignored",
	 offsetof(struct values, until_oom)},
	{0},
};

/* A different word in each page: nothing may merge or compress them away. */
static void touch(char *from, int64_t bytes)
{
	static uint64_t word;

	for (int64_t i = 0; i < bytes; i += 4096)
		*(uint64_t *)(from + i) = ++word * 0x9e3779b97f4a7c15ull;
}

static int run(struct load *l, const void *values)
{
	const struct values *v = values;
	int64_t bytes = v->until_oom ? ENDLESS : param_size(v->size, sys_meminfo("MemTotal")), done = 0;
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return say_err(FUKA_FAIL, "memory: no address space for %lld bytes: %s", (long long)bytes,
			       strerror(errno));
	load_ready(l);
	load_declare(l, 1, 0);
	for (; done < bytes && !load_stopping(l); done += CHUNK_BYTES) {
		int64_t step = bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES;

		touch(p + done, step);
		load_wait(l, 1); /* looks for a stop, does not sleep */
	}
	if (done > bytes)
		done = bytes;
	load_declare(l, 0, 0);
	load_achieved(l, bytes, done, "bytes", done == bytes);
	load_wait(l, 0);
	return done == bytes ? FUKA_PASS : FUKA_FAIL;
}

const struct generator loadgen_memory = {
	.name = "memory",
	.about = "one task that touches anonymous memory to a size, or until the OOM killer acts",
	.params = params,
	.values_size = sizeof(struct values),
	.run = run,
};
