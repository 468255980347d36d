// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Resolves a kernel's modules with libkmod: with their dependencies, in load order. Built-in modules are left out;
 * packed ones are unpacked into the cache, because the guest's kernel loads only plain ones.
 */
#include "lab/pack/kernel.h"
#include "lab/pack/kernel_files.h"
#include "lab/pack/libkmod.h"
#include "lab/pack/unpack.h"
#include "lib/base/array.h"
#include "lib/base/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The modules found so far, in load order, NULL-terminated. It grows by one at a time, because a guest loads a dozen.
 */
struct module_paths {
	char **paths;
	size_t n;
};

static int found_add(struct module_paths *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->paths[i], path))
			return 0;
	if (!array_grow(&f->paths, f->n, sizeof(*f->paths)) || !array_grow(&f->paths, f->n + 1, sizeof(*f->paths)))
		return -ENOMEM;
	f->paths[f->n] = sys_format("%s", path);
	f->paths[++f->n] = NULL;
	return 0;
}

/* Adds a module; a .ko.xz and the like is unpacked into the cache first. Debian's modules are plain once fetched. */
static int found_add_module(struct module_paths *f, const char *path)
{
	_cleanup_(kernel_file_unmap) struct mapped_file file = {0};
	auto_text plain = NULL;
	int err = kernel_file_map(path, &file);

	if (err)
		return err;
	if (kernel_file_is_elf(&file))
		return found_add(f, path);
	if (!unpack_format(file.at, file.n))
		return say_err(-EINVAL, "%s is no kernel module: neither an ELF file nor packed with xz, zstd or gzip",
			       path);
	err = kernel_file_cached("module", path, &plain);
	if (!err && !kernel_file_is_there(plain))
		err = kernel_file_unpack(path, file.at, file.n, plain);
	return err ? err : found_add(f, plain);
}

static int add_each(const struct libkmod *lib, struct module_paths *f, struct kmod_list *list,
		    int (*add)(const struct libkmod *, struct module_paths *, struct kmod_module *))
{
	int err = 0;

	for (struct kmod_list *at = list; at; at = lib->kmod_list_next(list, at)) {
		struct kmod_module *mod = lib->kmod_module_get_module(at);

		if (!err)
			err = add(lib, f, mod);
		lib->kmod_module_unref(mod);
	}
	lib->kmod_module_unref_list(list);
	return err;
}

/* A built-in module has no path and is skipped. */
static int add_itself(const struct libkmod *lib, struct module_paths *f, struct kmod_module *mod)
{
	const char *path = lib->kmod_module_get_path(mod);

	return path ? found_add_module(f, path) : 0;
}

static int add_with_dependencies(const struct libkmod *lib, struct module_paths *f, struct kmod_module *mod)
{
	int err = add_each(lib, f, lib->kmod_module_get_dependencies(mod), add_itself);

	return err ? err : add_itself(lib, f, mod);
}

/* Adds a module with its soft dependencies before and after it: without crc32c, for example, ext4 mounts nothing. */
static int resolve_one(const struct libkmod *lib, struct module_paths *f, struct kmod_module *mod)
{
	struct kmod_list *before = NULL, *after = NULL;
	int err = lib->kmod_module_get_softdeps(mod, &before, &after);

	err = err < 0 ? err : add_each(lib, f, before, add_with_dependencies);
	if (!err)
		err = add_with_dependencies(lib, f, mod);
	int last = add_each(lib, f, after, add_with_dependencies);

	return err ? err : last;
}

static int resolve(const struct libkmod *lib, const struct kernel *k, struct kmod_ctx *ctx, const char *name,
		   struct module_paths *f)
{
	struct kmod_list *mods = NULL;

	if (lib->kmod_module_new_from_lookup(ctx, name, &mods) < 0 || !mods)
		return say_err(
			-ENOENT,
			"the kernel %s (%s) has no module '%s': looked it up in %s/modules.dep and modules.builtin",
			k->name, k->release, name, k->modules_dir);
	return add_each(lib, f, mods, resolve_one);
}

bool kernel_has(const struct kernel *k, const char *module)
{
	const struct libkmod *lib = libkmod();
	const char *no_config = NULL;
	struct kmod_ctx *ctx = lib ? lib->kmod_new(k->modules_dir, &no_config) : NULL;
	struct kmod_list *mods = NULL;
	bool has = ctx && !lib->kmod_module_new_from_lookup(ctx, module, &mods) && mods;

	if (ctx) {
		lib->kmod_module_unref_list(mods);
		lib->kmod_unref(ctx);
	}
	return has;
}

char *kernel_module_says(const char *path, const char *key)
{
	const struct libkmod *lib = libkmod();
	const char *no_config = NULL;
	struct kmod_ctx *ctx = lib ? lib->kmod_new(NULL, &no_config) : NULL;
	struct kmod_module *mod = NULL;
	struct kmod_list *info = NULL;
	char *value = NULL;

	if (ctx && !lib->kmod_module_new_from_path(ctx, path, &mod) && lib->kmod_module_get_info(mod, &info) >= 0)
		for (struct kmod_list *at = info; at && !value; at = lib->kmod_list_next(info, at))
			if (!strcmp(lib->kmod_module_info_get_key(at), key))
				value = strdup(lib->kmod_module_info_get_value(at));
	if (info)
		lib->kmod_module_info_free_list(info);
	if (mod)
		lib->kmod_module_unref(mod);
	if (ctx)
		lib->kmod_unref(ctx);
	return value;
}

const char *kernel_panic_device(const struct kernel *k)
{
	return kernel_has(k, "pvpanic-pci") || !kernel_has(k, "pvpanic") ? "pvpanic-pci" : "pvpanic";
}

int kernel_modules(const struct kernel *k, const char *const *names, char ***paths)
{
	const struct libkmod *lib = libkmod();
	const char *no_config = NULL;

	if (!lib)
		return -ELIBACC;
	struct kmod_ctx *ctx = lib->kmod_new(k->modules_dir, &no_config); /* ignores the host's modprobe.d */
	struct module_paths f = {calloc(1, sizeof(char *)), 0};
	int err = 0;

	if (!ctx || !f.paths)
		err = say_err(-ENOMEM, "cannot look up the modules of %s: libkmod has no memory", k->release);
	for (; !err && *names; names++)
		err = resolve(lib, k, ctx, *names, &f);
	if (ctx)
		lib->kmod_unref(ctx);
	if (err)
		kernel_modules_free(f.paths);
	else
		*paths = f.paths;
	return err;
}

void kernel_modules_free(char **paths)
{
	for (char **p = paths; p && *p; p++)
		free(*p);
	free(paths);
}
