// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the guest's kernel and unpacks it to an uncompressed ELF, which QEMU boots fastest.
 *
 * Under TCG most of a stock kernel's boot time is spent in its decompressor, so a bzImage is unpacked once, here. A
 * fetched kernel's vmlinux is kept next to its vmlinuz, a user's in the cache. This takes about one second the first
 * time, then a few file lookups.
 */
#include "lab/pack/kernel.h"
#include "lab/pack/elf.h"
#include "lab/pack/kernel_files.h"
#include "lib/base/say.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_NAME "6.1"

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int unpack_image(const struct mapped_file *image, const char *path, const char *vmlinux)
{
	struct mapped_file payload;
	int err = kernel_image_payload(image, &payload);

	if (err)
		return say_err(err,
			       "%s is truncated: its header has a payload of %zu bytes at %zu, the file has %zu bytes",
			       path, payload.n, (size_t)(payload.at - image->at), image->n);
	return kernel_file_unpack(path, payload.at, payload.n, vmlinux);
}

/* The release as the image itself tells it; a vmlinux has "Linux version 6.1.0-50-amd64 (…" among its data. */
static char *release_of(const struct mapped_file *b)
{
	const char *at;

	if (kernel_image_is(b)) {
		at = kernel_image_release(b);
	} else {
		static const char banner[] = "Linux version ";

		at = memmem(b->at, b->n, banner, strlen(banner));
		while (at && (at[14] < '1' || at[14] > '9')) /* in some a printk's "Linux version %s" comes first */
			at = memmem(at + 14, b->n - (at + 14 - (const char *)b->at), banner, strlen(banner));
		at = at && b->n > 256 && (size_t)(at - (const char *)b->at) < b->n - 256 ? at + 14 : NULL;
	}
	if (!at)
		return NULL;
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-_~";
	size_t n = 0, left = b->n - (at - (const char *)b->at);

	while (n < left && at[n] && strchr(letters, at[n]))
		n++;
	return n && n < 128 ? strndup(at, n) : NULL;
}

static int find_modules(const char *image, const char *said, struct kernel *k)
{
	auto_text copy = sys_format("%s", image);
	char *slash = strrchr(copy, '/');

	if (slash)
		*slash = '\0';
	const char *dir = !slash ? "." : *copy ? copy : "/";
	char *places[] = {sys_format("%s/../lib/modules/%s", dir, k->release),
			  sys_format("%s/lib/modules/%s", dir, k->release), sys_format("/lib/modules/%s", k->release)};

	if (said) {
		free(places[0]);
		places[0] = sys_format("%s", said);
	}
	for (int i = 0; i < (said ? 1 : 3) && !k->modules_dir; i++) {
		auto_text dep = sys_format("%s/modules.dep", places[i]);

		if (kernel_file_is_there(dep))
			k->modules_dir = sys_format("%s", places[i]);
	}
	if (!k->modules_dir && said)
		say("the kernel %s (release %s) needs its modules, but %s has no modules.dep: expected the directory "
		    "lib/modules/%s of that kernel (made by depmod -b DIR %s)",
		    image, k->release, said, k->release, k->release);
	else if (!k->modules_dir)
		say("the kernel %s (release %s) has no modules: looked for modules.dep in %s, %s and %s; name their "
		    "directory "
		    "with --modules DIR",
		    image, k->release, places[0], places[1], places[2]);
	for (int i = 0; i < 3; i++)
		free(places[i]);
	return k->modules_dir ? 0 : -ENOENT;
}

static bool can_make(const char *path)
{
	auto_text dir = sys_format("%.*s", (int)(strrchr(path, '/') - path), path);

	return !access(dir, W_OK);
}

/* `vmlinux` is the path for an unpacked bzImage, or NULL for the cache. */
static int load(const char *path, const char *modules, const char *vmlinux, struct kernel *k)
{
	_cleanup_(kernel_file_unmap) struct mapped_file image = {0};
	int err = kernel_file_map(path, &image);

	if (err)
		return err;
	if (!kernel_file_is_elf(&image) && !kernel_image_is(&image))
		return say_err(-EINVAL, "%s is neither a bzImage nor an ELF vmlinux: expected a Linux kernel for %s",
			       path, elf_arch);
	k->release = release_of(&image);
	if (!k->release)
		return say_err(-EINVAL, "%s has no version string: expected an x86-64 Linux kernel", path);
	err = find_modules(path, modules, k);
	if (err)
		return err;
	if (kernel_file_is_elf(&image)) {
		k->vmlinux = realpath(path, NULL);
		return k->vmlinux ? 0 : say_err(-errno, "%s: %s", path, strerror(errno));
	}
	k->image = sys_format("%s", path);
	/* A fetched kernel's vmlinux is kept next to its vmlinuz if this user may write there. */
	if (vmlinux && (kernel_file_is_there(vmlinux) || can_make(vmlinux)))
		k->vmlinux = sys_format("%s", vmlinux);
	else if ((err = kernel_file_cached("vmlinux", path, &k->vmlinux)))
		return err;
	return kernel_file_is_there(k->vmlinux) ? 0 : unpack_image(&image, path, k->vmlinux);
}

static int load_named(const char *name, struct kernel *k)
{
	auto_text dir = sys_format("%s/kernels/%s", kernel_home(), name);
	auto_text image = sys_format("%s/vmlinuz", dir);
	auto_text vmlinux = sys_format("%s/vmlinux", dir);

	if (!is_dir(dir))
		return say_err(
			-ENOENT,
			"the kernel %s is not there: looked for %s; `make kernel` fetches the default one, "
			"`lab/tools/fetch-kernel %s` any row of lab/kernels; or give the path of a bzImage or vmlinux",
			name, dir, name);
	if (!kernel_file_is_there(image))
		return say_err(-ENOENT,
			       "%s is missing from a fetched kernel: remove %s and run lab/tools/fetch-kernel %s",
			       image, dir, name);
	return load(image, NULL, vmlinux, k);
}

int kernel_find(const char *which, const char *modules, struct kernel *out)
{
	struct kernel k = {.name = sys_format("%s", which ? which : DEFAULT_NAME)};
	int err;

	if (!strchr(k.name, '/') && !kernel_file_is_there(k.name) && !modules)
		err = load_named(k.name, &k);
	else if (kernel_file_is_there(k.name))
		err = load(k.name, modules, NULL, &k);
	else
		err = say_err(
			-ENOENT,
			"there is no kernel at %s: expected a bzImage or an ELF vmlinux, or a name of lab/kernels",
			k.name);
	if (err)
		kernel_free(&k);
	else
		*out = k;
	return err;
}

void kernel_free(struct kernel *k)
{
	free(k->name);
	free(k->release);
	free(k->vmlinux);
	free(k->image);
	free(k->modules_dir);
	*k = (struct kernel){0};
}
