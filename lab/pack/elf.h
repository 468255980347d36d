/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ELF program needs to start: its interpreter and, transitively, its DT_NEEDED libraries, found the way ld.so
 * finds them: DT_RPATH up the chain of loaders, DT_RUNPATH, the directories of /etc/ld.so.conf, the built-in ones.
 *
 * The guest has no ld.so.cache. So a library found only through /etc/ld.so.conf gets a guest path in ld.so's first
 * built-in directory; any other keeps its own path. What it loads through $ORIGIN moves along with it.
 */
#ifndef FUKA_ELF_H
#define FUKA_ELF_H

#include <stdbool.h>
#include <stddef.h>

struct elf_lib {
	char *host;  /* where it is read from */
	char *guest; /* where ld.so will look it up */
	bool interp; /* the interpreter itself: must be executable */
};

struct elf_libs {
	struct elf_lib *at;
	size_t n;
};

/*
 * Finds what `host`, an ELF of this architecture that will be `guest` in the guest, needs. A static program needs nothing. Says its own
 * errors: -ENOENT names the library that misses and who needs it; -ENOEXEC when it is no such ELF.
 */
int elf_closure(const char *host, const char *guest, struct elf_libs *out);
void elf_libs_free(struct elf_libs *libs);

/* What one file says that it needs: all texts are its own copies. */
struct elf_needs {
	int class, machine;
	char *interp, *rpath, *runpath; /* NULL: none */
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
 * Of the architecture, in elf_ARCH.c: its name; and the directories built into ld.so for a machine of ELF (EM_…), NULL when
 * programs for that do not run here.
 */
extern const char elf_arch[];
const char *const *elf_dirs(int machine);

/* True when the file starts as an ELF does. */
bool elf_is(const void *bytes, size_t n);

#endif
