// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs of x86, 64 and 32 bits: ld.so's built-in directories are Debian's first, then the lib64 of others. */
#include "lab/pack/elf.h"

#include <elf.h>

const char elf_arch[] = "x86";

const char *const *elf_dirs(int machine)
{
	static const char *const x86_64[] = {
		"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib", NULL};
	static const char *const i386[] = {"/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu", "/lib", "/usr/lib", NULL};

	return machine == EM_X86_64 ? x86_64 : machine == EM_386 ? i386 : NULL;
}
