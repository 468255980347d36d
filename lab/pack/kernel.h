/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's kernel: fetched and unpacked below the build directory (lab/tools/fetch-kernel), or the user's own. */
#ifndef FUKA_KERNEL_H
#define FUKA_KERNEL_H

#include <stdbool.h>

struct kernel {
	char *name;        /* "6.1", or the path given */
	char *release;     /* "6.1.0-56-amd64": from the kernel image's own version string */
	char *vmlinux;     /* unpacked ELF with a PVH note: what QEMU enters */
	char *image;       /* the distribution's bzImage, or NULL when only a vmlinux was given */
	char *modules_dir; /* …/lib/modules/RELEASE, with modules.dep */
};

/*
 * Finds a kernel. `which` is NULL (the first row of lab/kernels), the name of a row, or a path to a bzImage or vmlinux;
 * for a path `modules` is its …/lib/modules/RELEASE, or NULL to look beside it: DIR/../lib/modules/RELEASE,
 * DIR/lib/modules/RELEASE, /lib/modules/RELEASE. A bzImage is unpacked once, into `cache`/vmlinux-SHA (unpack.h). Says
 * its own errors: what is missing, where it looked, the command that mends it ("make kernel"). Returns 0 or -errno.
 */
int kernel_find(const char *which, const char *modules, struct kernel *out);
void kernel_free(struct kernel *k);

/*
 * Resolves module names ("pvpanic-pci") with their dependencies in load order (libkmod). Built-in ones are left out.
 * *paths is a NULL-terminated array of host paths of uncompressed .ko files, to be freed with kernel_modules_free().
 * -ENOENT with a message when this kernel has no such module.
 */
int kernel_modules(const struct kernel *k, const char *const *names, char ***paths);
void kernel_modules_free(char **paths);

/* Whether it has that module, as a file or built in. */
bool kernel_has(const struct kernel *k, const char *module);

/* What a module file says of itself under that key (modinfo), to be freed; NULL: nothing. */
char *kernel_module_says(const char *path, const char *key);

/* What tells QEMU of a panic: the module's name, "pvpanic-pci", or before Linux 5.14 "pvpanic", an ISA device's. */
const char *kernel_panic_device(const struct kernel *k);

/* Directory of the running executable (build/), where kernels/ and cache/ are; FUKA_HOME overrides. Never NULL. */
const char *kernel_home(void);

#endif
