// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a program to be packed. Each name that is read from it stands in it, with its end. */
#include "lab/pack/elf.h"

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must_be_inside(const char *name, const char *bytes, size_t n)
{
	if (name && !memmem(bytes, n, name, strlen(name) + 1))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct elf_needs e = {.n_needed = 7};
	char *file = malloc(n + 1), *copy = malloc(n + 1); /* libelf may put it in order in place */

	if (file && copy) {
		memcpy(file, bytes, n);
		memcpy(copy, bytes, n);
		if (elf_needs(file, n, &e)) {
			if (e.n_needed != 7)
				abort();
		} else {
			must_be_inside(e.interp, copy, n);
			must_be_inside(e.rpath, copy, n);
			must_be_inside(e.runpath, copy, n);
			for (size_t i = 0; i < e.n_needed; i++)
				must_be_inside(e.needed[i], copy, n);
			if (e.machine != EM_X86_64 && e.machine != EM_386)
				abort();
			elf_needs_free(&e);
		}
	}
	free(file);
	free(copy);
	return 0;
}
