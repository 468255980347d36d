/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's kernel: fetched and unpacked below the build directory (lab/tools/fetch-kernel), or the user's own. */
#ifndef FUKA_KERNEL_H
#define FUKA_KERNEL_H

#include <stdbool.h>

struct kernel {
	char *name;        /* "6.1", or the path given */
	char *release;     /* "6.1.0-56-amd64", from the version string in the kernel image */
	char *vmlinux;     /* unpacked ELF with a PVH note, which QEMU boots */
	char *image;       /* the distribution's bzImage, or NULL if only a vmlinux was given */
	char *modules_dir; /* …/lib/modules/RELEASE, with modules.dep */
};

/*
 * Finds a kernel. `which` is NULL (the first row of lab/kernels), the name of a row, or a path to a bzImage or vmlinux;
 * for a path `modules` is its …/lib/modules/RELEASE, or NULL to search near it: DIR/../lib/modules/RELEASE,
 * DIR/lib/modules/RELEASE, /lib/modules/RELEASE. A bzImage is unpacked once, into `cache`/vmlinux-SHA (unpack.h).
 * Returns 0, or -errno with a message that has what is missing, where it was searched and the command that helps ("make
 * kernel").
 */
int kernel_find(const char *which, const char *modules, struct kernel *out);
void kernel_free(struct kernel *k);

/*
 * Resolves module names ("pvpanic-pci") with their dependencies in load order (libkmod). Built-in modules are left out.
 * *paths is a NULL-terminated array of host paths of uncompressed .ko files, which kernel_modules_free() frees. Returns
 * -ENOENT with a message when this kernel has no such module.
 */
int kernel_modules(const struct kernel *k, const char *const *names, char ***paths);
void kernel_modules_free(char **paths);

/* Whether the kernel has the module, as a file or built in. */
bool kernel_has(const struct kernel *k, const char *module);

/* Returns a module file's modinfo for a key, which the caller frees, or NULL when there is none. */
char *kernel_module_says(const char *path, const char *key);

/*
 * Returns the name of the module and device that report a panic to QEMU: "pvpanic-pci", or before Linux 5.14 "pvpanic"
 * (ISA).
 */
const char *kernel_panic_device(const struct kernel *k);

/*
 * Returns the directory of the running executable (build/), where kernels/ and cache/ are; FUKA_HOME overrides it.
 * Never NULL.
 */
const char *kernel_home(void);

#endif
