/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds what an ELF program needs to start: its interpreter and, transitively, its DT_NEEDED libraries. They are
 * searched as ld.so does: DT_RPATH up the chain of loaders, DT_RUNPATH, the directories of /etc/ld.so.conf, the
 * built-in ones.
 *
 * The guest has no ld.so.cache, so a library found only through /etc/ld.so.conf gets a guest path in ld.so's first
 * built-in directory; any other keeps its own path. Libraries that it finds through $ORIGIN move with it.
 */
#ifndef FUKA_ELF_H
#define FUKA_ELF_H

#include <stdbool.h>
#include <stddef.h>

struct elf_lib {
	char *host;  /* path on the host */
	char *guest; /* path at which ld.so finds it in the guest */
	bool interp; /* it is the interpreter, which must be executable */
};

struct elf_libs {
	struct elf_lib *at;
	size_t n;
};

/*
 * Finds what `host` needs, an ELF of this architecture that will be `guest` in the guest. A static program needs
 * nothing. Returns 0, -ENOENT with a message that names the missing library and what needs it, or -ENOEXEC when it is
 * no such ELF.
 */
int elf_closure(const char *host, const char *guest, struct elf_libs *out);
void elf_libs_free(struct elf_libs *libs);

/* What a single file needs. All strings are copies. */
struct elf_needs {
	int class, machine;
	char *interp, *rpath, *runpath; /* NULL when it has none */
	char **needed;
	size_t n_needed;
};

/*
 * Reads it from the file's bytes; nothing else is looked at. -ENOEXEC, said by nobody, *out untouched, when these are
 * no ELF for this architecture, or one whose tables point out of it.
 */
int elf_needs(const void *bytes, size_t n, struct elf_needs *out);
void elf_needs_free(struct elf_needs *e);

/*
 * Defined in elf_ARCH.c: the architecture's name, and the directories built into ld.so for a machine of ELF (EM_…),
 * NULL when programs for that machine do not run here.
 */
extern const char elf_arch[];
const char *const *elf_dirs(int machine);

/* Whether the file starts with ELF's magic number. */
bool elf_is(const void *bytes, size_t n);

#endif
