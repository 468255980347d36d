// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the guest's kernel and brings it into the shape QEMU enters fastest: an uncompressed ELF.
 *
 * Most of a stock kernel's boot under TCG is its decompressor, so a bzImage is unpacked once, here, with the
 * compressor's own command-line tool. A fetched kernel's vmlinux stays beside its vmlinuz; a user's goes to the cache,
 * named by the SHA-256 of the image. Both appear by rename, so half of one is never taken for a whole one.
 *
 * Needs: a fetched kernel (make kernel), or a path; xz, zstd, lz4 or gzip, whichever the image asks for.
 * Cost: about one second the first time, then a few file lookups.
 */
#include "lab/pack/kernel.h"
#include "lab/pack/libkmod.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_NAME "6.1"
#define TOOL_NS      (300 * SYS_NS) /* gzip and its like: a second or two */

extern char **environ;

/* A compressor as bzImages and modules use it; `tail` is what the kernel's build appends: the unpacked size. */
static const struct packer {
	const char *magic;
	size_t magic_len;
	const char *tool, *arg, *package;
	size_t tail;
} packers[] = {
	{"\xfd\x37zXZ", 6, "xz", "--single-stream", "xz-utils", 0},
	{"\x28\xb5\x2f\xfd", 4, "zstd", "-q", "zstd", 4},
	{"\x02\x21\x4c\x18", 4, "lz4", "-q", "lz4", 4},
	{"\x1f\x8b\x08", 3, "gzip", "-q", "gzip", 0},
};

struct bytes {
	const unsigned char *at;
	size_t n;
};

static void bytes_free(struct bytes *b)
{
	if (b->at)
		munmap((void *)b->at, b->n);
}

#define auto_text  _cleanup_(sys_freep) char *
#define auto_bytes _cleanup_(bytes_free) struct bytes

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

const char *kernel_home(void)
{
	static char home[PATH_MAX];
	const char *said = getenv("FUKA_HOME");

	/* absolute: QEMU runs in the run's directory */
	if (said && *said)
		return *said == '/' || !realpath(said, home) ? said : home;
	if (!*home) {
		ssize_t n = readlink("/proc/self/exe", home, sizeof(home) - 1);

		home[n > 0 ? n : 0] = '\0';
		char *slash = strrchr(home, '/');

		if (slash && slash > home)
			*slash = '\0';
		else
			strcpy(home, slash ? "/" : ".");
	}
	return home;
}

static int map_file(const char *path, struct bytes *out)
{
	int fd = sys_open_regular(path);
	struct stat st;

	if (fd < 0)
		return say_err(fd, "%s cannot be read: %s", path,
			       fd == -EINVAL ? "it is not a regular file" : strerror(-fd));
	void *at = fstat(fd, &st) || !st.st_size ? MAP_FAILED : mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return say_err(-EINVAL, "%s is empty or cannot be mapped: expected a kernel or a module", path);
	*out = (struct bytes){at, st.st_size};
	return 0;
}

static uint32_t le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool is_elf(const struct bytes *b)
{
	return b->n > 64 && !memcmp(b->at, "\177ELF", 4);
}

/* The boot protocol's "HdrS" at 0x202, version 2.08 or later at 0x206: payload_offset and payload_length are there. */
static bool is_bzimage(const struct bytes *b)
{
	return b->n > 0x1000 && !memcmp(b->at + 0x202, "HdrS", 4) && (b->at[0x206] | b->at[0x207] << 8) >= 0x208;
}

#define UNPACKED_MAX (512ul << 20) /* of a kernel or a module: a small image may unpack to anything */

/* Whoever is started while it holds may write files of this size and no more. */
static void limit_files(bool on)
{
	static struct rlimit before;
	struct rlimit limit;

	if (on && getrlimit(RLIMIT_FSIZE, &before))
		return;
	limit = before;
	if (on && limit.rlim_cur > UNPACKED_MAX)
		limit.rlim_cur = UNPACKED_MAX;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* Runs `argv` with those standard input and output. 0, -ENOENT when there is no such tool, or -EIO when it failed. */
static int run_tool(char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t fds;
	pid_t pid;
	int status, err;

	posix_spawn_file_actions_init(&fds);
	posix_spawn_file_actions_adddup2(&fds, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&fds, out, STDOUT_FILENO);
	limit_files(true);
	err = posix_spawnp(&pid, argv[0], &fds, NULL, argv, environ);
	limit_files(false);
	posix_spawn_file_actions_destroy(&fds);
	if (err)
		return err == ENOENT ? -ENOENT : -EIO;
	if (sys_wait(pid, &status, sys_now_ns() + TOOL_NS))
		return -ETIMEDOUT;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

static const struct packer *packer_of(const struct bytes *b)
{
	for (size_t i = 0; i < sizeof(packers) / sizeof(*packers); i++)
		if (b->n > packers[i].magic_len && !memcmp(b->at, packers[i].magic, packers[i].magic_len))
			return &packers[i];
	return NULL;
}

static int unpack_to(const struct packer *p, const struct bytes *packed, const char *from, int out)
{
	char *argv[] = {(char *)p->tool, "-dc", (char *)p->arg, NULL};
	int in = memfd_create("packed", MFD_CLOEXEC), err = -EIO;

	if (in < 0)
		return say_err(-errno, "%s cannot be unpacked: no memory file: %s", from, strerror(errno));
	if (!sys_write_all(in, packed->at, packed->n) && !lseek(in, 0, SEEK_SET))
		err = run_tool(argv, in, out);
	close(in);
	if (err == -ENOENT)
		return say_err(err, "%s is packed with %s, which is missing: apt-get install %s", from, p->tool,
			       p->package);
	if (err)
		return say_err(
			err,
			"%s cannot be unpacked: %s failed on it; it is damaged, or unpacks to more than %lu MiB, or "
			"the disk is full",
			from, p->tool, UNPACKED_MAX >> 20);
	return 0;
}

/* Unpacks into a temporary file beside `to` and renames it there, so that `to` is whole or absent. */
static int unpack(const struct packer *p, const struct bytes *packed, const char *from, const char *to)
{
	auto_text tmp = sys_format("%s.XXXXXX", to);
	int fd = mkostemp(tmp, O_CLOEXEC);

	if (fd < 0)
		return say_err(-errno, "%s cannot be unpacked to %s: %s", from, to, strerror(errno));
	int err = unpack_to(p, packed, from, fd);
	char magic[4] = "";

	if (!err && (pread(fd, magic, sizeof(magic), 0) != sizeof(magic) || memcmp(magic, "\177ELF", sizeof(magic))))
		err = say_err(-EINVAL, "%s does not unpack to an ELF file: it is no kernel and no module", from);
	/* fsync: a name that a power cut leaves with nothing behind it would be taken for whole for ever */
	if (!err && (fchmod(fd, 0644) || fsync(fd) || rename(tmp, to)))
		err = say_err(-errno, "%s cannot be made: %s", to, strerror(errno));
	close(fd);
	if (err)
		unlink(tmp);
	return err;
}

/*
 * Where what is unpacked is kept: beside the program; in a tree of somebody else's, in the user's own cache.
 */
static char *cache_directory(void)
{
	char *dir = sys_format("%s/cache", kernel_home());
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (!sys_mkdirs(dir) && !access(dir, W_OK))
		return dir;
	if ((!xdg || *xdg != '/') && (!home || *home != '/'))
		return dir;
	free(dir);
	return xdg && *xdg == '/' ? sys_format("%s/fuka", xdg) : sys_format("%s/.cache/fuka", home);
}

/* KIND-SHA in it of the file's content (the first 16 hex digits). */
static int cache_name(const char *kind, const char *file, char **out)
{
	auto_text dir = cache_directory();
	char *argv[] = {"sha256sum", NULL};
	char sha[17] = "";
	int in = open(file, O_RDONLY | O_CLOEXEC), sum = memfd_create("sum", MFD_CLOEXEC), err = -EIO;

	if (in >= 0 && sum >= 0)
		err = run_tool(argv, in, sum);
	if (!err && pread(sum, sha, 16, 0) != 16)
		err = -EIO;
	if (in >= 0)
		close(in);
	if (sum >= 0)
		close(sum);
	if (err)
		return say_err(err, "%s: sha256sum (package coreutils) failed on it", file);
	err = sys_mkdirs(dir);
	if (err)
		return say_err(err, "the cache directory %s cannot be made: %s; FUKA_HOME names another place", dir,
			       strerror(-err));
	*out = sys_format("%s/%s-%s", dir, kind, sha);
	return 0;
}

static int unpack_image(const struct bytes *image, const char *path, const char *vmlinux)
{
	size_t start = (image->at[0x1f1] + 1) * 512UL + le32(image->at + 0x248);
	struct bytes payload = {image->at + start, le32(image->at + 0x24c)};

	if (start > image->n || payload.n > image->n - start || payload.n < 64)
		return say_err(-EINVAL, "%s is truncated: its header promises %zu bytes at %zu, the file has %zu", path,
			       payload.n, start, image->n);
	const struct packer *p = packer_of(&payload);

	if (!p)
		return say_err(-ENOTSUP,
			       "%s is compressed in a way fuka does not know (it starts with %02x %02x %02x); "
			       "known: xz, zstd, lz4, gzip. Give an uncompressed vmlinux instead",
			       path, payload.at[0], payload.at[1], payload.at[2]);
	payload.n -= p->tail;
	return unpack(p, &payload, path, vmlinux);
}

/*
 * The release as the image itself tells it. A bzImage has the offset of "6.1.0-50-amd64 (debian-kernel@…) #1 …" at
 * 0x20e (less 0x200); a vmlinux has "Linux version 6.1.0-50-amd64 (…" among its data.
 */
static char *release_of(const struct bytes *b)
{
	const char *at;

	if (is_bzimage(b)) {
		size_t off = (b->at[0x20e] | b->at[0x20f] << 8) + 0x200UL;

		at = b->n > 256 && off < b->n - 256 ? (const char *)b->at + off : NULL;
	} else {
		static const char banner[] = "Linux version ";

		at = memmem(b->at, b->n, banner, strlen(banner));
		while (at && (at[14] < '1' || at[14] > '9')) /* a printk's "Linux version %s" comes first in some */
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

		if (is_file(dep))
			k->modules_dir = sys_format("%s", places[i]);
	}
	if (!k->modules_dir && said)
		say("the kernel %s (release %s) needs its modules, and %s holds no modules.dep: expected the directory "
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

/* `vmlinux` is where a bzImage goes unpacked, or NULL for the cache. */
static int load(const char *path, const char *modules, const char *vmlinux, struct kernel *k)
{
	auto_bytes image = {0};
	int err = map_file(path, &image);

	if (err)
		return err;
	if (!is_elf(&image) && !is_bzimage(&image))
		return say_err(-EINVAL, "%s is neither a bzImage nor an ELF vmlinux: expected an x86-64 Linux kernel",
			       path);
	k->release = release_of(&image);
	if (!k->release)
		return say_err(-EINVAL, "%s does not tell its release: found no version string in it", path);
	err = find_modules(path, modules, k);
	if (err)
		return err;
	if (is_elf(&image)) {
		k->vmlinux = realpath(path, NULL);
		return k->vmlinux ? 0 : say_err(-errno, "%s: %s", path, strerror(errno));
	}
	k->image = sys_format("%s", path);
	/* A fetched kernel's stays beside its vmlinuz, for whoever may write there. */
	if (vmlinux && (is_file(vmlinux) || can_make(vmlinux)))
		k->vmlinux = sys_format("%s", vmlinux);
	else if ((err = cache_name("vmlinux", path, &k->vmlinux)))
		return err;
	return is_file(k->vmlinux) ? 0 : unpack_image(&image, path, k->vmlinux);
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
			"`lab/tools/fetch-kernel %s` any row of lab/kernels; or name a bzImage or vmlinux by its path",
			name, dir, name);
	if (!is_file(image))
		return say_err(-ENOENT,
			       "%s is missing from a fetched kernel: remove %s and run lab/tools/fetch-kernel %s",
			       image, dir, name);
	return load(image, NULL, vmlinux, k);
}

int kernel_find(const char *which, const char *modules, struct kernel *out)
{
	struct kernel k = {.name = sys_format("%s", which ? which : DEFAULT_NAME)};
	int err;

	if (!strchr(k.name, '/') && !is_file(k.name) && !modules)
		err = load_named(k.name, &k);
	else if (is_file(k.name))
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

/* The modules found so far, in load order: NULL-terminated, grown by one at a time (a guest loads a dozen). */
struct found {
	char **paths;
	size_t n;
};

static int found_add(struct found *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->paths[i], path))
			return 0;
	char **grown = realloc(f->paths, (f->n + 2) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	f->paths = grown;
	f->paths[f->n] = sys_format("%s", path);
	f->paths[++f->n] = NULL;
	return 0;
}

/* The kernel loads what is uncompressed; Debian's are, once fetched. Others' .ko.xz are unpacked into the cache. */
static int found_add_module(struct found *f, const char *path)
{
	auto_bytes file = {0};
	auto_text plain = NULL;
	int err = map_file(path, &file);

	if (err)
		return err;
	if (is_elf(&file))
		return found_add(f, path);
	const struct packer *p = packer_of(&file);

	if (!p)
		return say_err(-EINVAL, "%s is no kernel module: neither an ELF file nor packed with xz, zstd or gzip",
			       path);
	err = cache_name("module", path, &plain);
	if (!err && !is_file(plain))
		err = unpack(p, &file, path, plain);
	return err ? err : found_add(f, plain);
}

static int add_each(const struct libkmod *lib, struct found *f, struct kmod_list *list,
		    int (*add)(const struct libkmod *, struct found *, struct kmod_module *))
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

/* One that is built in has no path. */
static int add_itself(const struct libkmod *lib, struct found *f, struct kmod_module *mod)
{
	const char *path = lib->kmod_module_get_path(mod);

	return path ? found_add_module(f, path) : 0;
}

static int add_with_dependencies(const struct libkmod *lib, struct found *f, struct kmod_module *mod)
{
	int err = add_each(lib, f, lib->kmod_module_get_dependencies(mod), add_itself);

	return err ? err : add_itself(lib, f, mod);
}

/* With what it can do without but wants loaded first or afterwards: ext4 mounts nothing without a crc32c. */
static int resolve_one(const struct libkmod *lib, struct found *f, struct kmod_module *mod)
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
		   struct found *f)
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
	struct kmod_ctx *ctx = lib->kmod_new(k->modules_dir, &no_config); /* the host's modprobe.d is not the guest's */
	struct found f = {calloc(1, sizeof(char *)), 0};
	int err = 0;

	if (!ctx || !f.paths)
		err = say_err(-ENOMEM, "the modules of %s cannot be looked up: libkmod has no memory", k->release);
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
