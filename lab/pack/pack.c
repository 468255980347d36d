// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/pack/pack.h"
#include "kmod/uapi.h"
#include "loadgen/generators/fault.h"
#include "lab/guest/init.h"
#include "lab/pack/initramfs.h"
#include "lab/host/machine.h"
#include "lib/base/spawn.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MIB          (1ll << 20)
#define KERNEL_BYTES (80 * MIB) /* the kernel, and the memory it needs free to boot */

#define NAMES_MAX 256
#define DPKG_NS   (60 * SYS_NS)

/* Adds names to the list. Returns -E2BIG with a message when they do not fit. */
static int add_modules(const struct scenario *s, const char *const *more, const char *names[NAMES_MAX], size_t *n)
{
	for (; more && *more; more++) {
		if (*n == NAMES_MAX - 1)
			return say_err(-E2BIG, "%s: it needs more than %d kernel modules", s->path, NAMES_MAX - 1);
		names[(*n)++] = *more;
	}
	return 0;
}

/* Adds the modules that the timeline's generators need. */
static int add_modules_of_loads(const struct scenario *s, const char *names[NAMES_MAX], size_t *n)
{
	int r = 0;

	for (size_t i = 0; !r && i < s->entries; i++) {
		const struct load_spec *l = &s->entry[i].load;

		if (l->generator && l->generator->modules)
			r = add_modules(s, l->generator->modules(l->values), names, n);
	}
	return r;
}

/* Lists the modules that this machine needs, NULL-terminated. */
static int list_modules(const struct scenario *s, const struct kernel *k, const char *names[NAMES_MAX])
{
	size_t n = 0;

	names[n++] = kernel_panic_device(k);
	if (s->machine.disk != INT64_MIN) {
		names[n++] = "virtio_pci";
		names[n++] = "virtio_blk";
	}
	if (s->machine.vmcore)
		names[n++] = "qemu_fw_cfg"; /* passes VMCOREINFO to QEMU */
	if (s->machine.network) {
		names[n++] = "virtio_pci";
		names[n++] = "virtio_net";
	}
	if (scenario_zram(s))
		names[n++] = "zram";
	int r = add_modules(s, (const char *const *)s->machine.module, names, &n);

	if (!r)
		r = add_modules_of_loads(s, names, &n);
	names[n] = NULL;
	return r;
}

static int pack_self(struct initramfs *fs)
{
	_cleanup_(sys_freep) char *self = realpath("/proc/self/exe", NULL);
	int r = self ? initramfs_file(fs, "/init", 0755, self) : -errno;

	/* Its libraries are packed for /init; a scenario may run fuka as well. */
	return r ? r : initramfs_needs(fs, "/init", self);
}

/* Packs each module into /fuka/ko and lists them in load order. */
static int pack_modules(struct initramfs *fs, const struct scenario *s, const struct kernel *k)
{
	const char *names[NAMES_MAX];
	char **paths = NULL;
	char list[8192] = "";
	size_t at = 0;
	int r = list_modules(s, k, names);

	if (!r)
		r = kernel_modules(k, names, &paths);

	for (size_t i = 0; !r && paths[i]; i++) {
		_cleanup_(sys_freep) char *where = sys_format("/fuka/ko/%s", strrchr(paths[i], '/') + 1);

		r = initramfs_file(fs, where, 0644, paths[i]);
		at += snprintf(list + at, sizeof(list) - at, "%s\n", where);
		if (at >= sizeof(list))
			r = say_err(-E2BIG, "too many modules: the list has no space for %s", where);
	}
	if (!r)
		r = initramfs_bytes(fs, GUEST_MODULES, 0644, list, at);
	kernel_modules_free(paths);
	return r;
}

/* Packs the regular files of a Debian package, as dpkg lists them. */
static int pack_package(struct initramfs *fs, const char *package)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789+-.:";
	char *ask[] = {"dpkg", "-L", "--", (char *)package, NULL}, *rest;
	_cleanup_(sys_freep) char *list = NULL;
	int status, files = 0, r;

	/* The name is checked because it is part of a command in the messages, which users copy. */
	if (!*package || package[strspn(package, letters)])
		return say_err(-EINVAL, "package: '%s' is not a valid package name", package);
	r = spawn_output(ask, DPKG_NS, &list, &status);
	if (r)
		return say_err(r, "cannot list the files of %s with dpkg: %s", package, strerror(-r));
	if (status)
		return say_err(-ENOENT, "package: %s is not installed on this machine; apt-get install %s", package,
			       package);
	for (char *path = strtok_r(list, "\n", &rest); !r && path; path = strtok_r(NULL, "\n", &rest)) {
		struct stat st;

		if (strncmp(path, "/usr/share/doc", 14) && !stat(path, &st) && S_ISREG(st.st_mode)) {
			r = initramfs_file(fs, path, st.st_mode & 0777, path);
			files++;
		}
	}
	return r || files ? r : say_err(-ENOENT, "package: %s has no files on this machine", package);
}

/* Packs the program that the generator starts with these values, if any, and the program's files. */
static int pack_load(struct initramfs *fs, const struct load_spec *load)
{
	const struct generator *g = load->generator;
	const char *program = g->program ? g->program(load->values) : NULL;
	const char *package = g->package ? g->package(load->values) : NULL;
	int r = program ? initramfs_program(fs, program, NULL) : 0;

	return r || !package ? r : pack_package(fs, package);
}

static int pack_entry(struct initramfs *fs, const struct entry *e)
{
	int r = 0;

	if (e->action == ACTION_LOAD)
		return pack_load(fs, &e->load);
	if (e->action != ACTION_RUN)
		return 0;
	/* "fuka" is this program, whatever PATH would find. */
	if (!strcmp(e->argv[0], "fuka"))
		r = initramfs_link(fs, "/usr/bin/fuka", "/init");
	else
		r = initramfs_program(fs, e->argv[0], NULL);
	for (char **f = e->file; !r && f && *f; f++) {
		struct stat st;

		if (stat(*f, &st))
			r = say_err(-errno, "files: %s: %s", *f, strerror(errno));
		else if (S_ISREG(st.st_mode) && st.st_mode & 0111)
			r = initramfs_program(fs, *f, NULL);
		else
			r = initramfs_file(fs, *f, st.st_mode & 0777, *f);
	}
	for (char **p = e->package; !r && p && *p; p++)
		r = pack_package(fs, *p);
	return r;
}

/*
 * Whether the kernel module is needed: for faults, or because a program's arguments name it, as a scenario may load it
 * itself.
 */
static bool wants_fault_module(const struct scenario *s)
{
	for (size_t i = 0; i < s->entries; i++)
		for (char **a = s->entry[i].argv; a && *a; a++)
			if (!strcmp(*a, FAULT_MODULE))
				return true;
	return scenario_wants_module(s);
}

static int pack_fault_module(struct initramfs *fs, const struct kernel *k)
{
	_cleanup_(sys_freep) char *path = sys_format("%s/kmod/%s/fuka.ko", kernel_home(), k->release);

	if (access(path, R_OK))
		return say_err(-errno, "%s: %s: the kernel module is not built for this kernel; make kmod KERNEL=%s",
			       path, strerror(errno), k->name);
	_cleanup_(sys_freep) char *abi = kernel_module_says(path, "fuka_abi");

	if (!abi || atoi(abi) != FUKA_ABI)
		return say_err(-EPROTO,
			       "%s was built by another version of fuka (its interface is %s, expected %d); make kmod "
			       "KERNEL=%s",
			       path, abi ? abi : "an older one", FUKA_ABI, k->name);
	return initramfs_file(fs, FAULT_MODULE, 0644, path);
}

static int pack_all(struct initramfs *fs, const struct scenario *s, const struct kernel *k)
{
	static const char *const dirs[] = {"/dev", "/proc", "/sys", "/tmp", "/run", "/root"};
	int r = pack_self(fs);

	for (size_t i = 0; !r && i < sizeof(dirs) / sizeof(*dirs); i++)
		r = initramfs_dir(fs, dirs[i], 0755);
	if (!r)
		r = initramfs_bytes(fs, GUEST_SCENARIO, 0644, s->yaml, s->yaml_bytes);
	if (!r)
		r = pack_modules(fs, s, k);
	if (!r && wants_fault_module(s))
		r = pack_fault_module(fs, k);
	for (size_t i = 0; !r && i < s->entries; i++)
		r = pack_entry(fs, &s->entry[i]);
	return r;
}

/*
 * The kernel unpacks the archive while the archive is still in memory, so a guest that is too small for both dies long
 * before the timeline. Measured with 6.1: 96M boot with 6 MiB packed (80M do not), 152M with 34 MiB (144M do not).
 */
static int check_fits(const struct initramfs *fs, const struct scenario *s)
{
	size_t packed = initramfs_size(fs);
	long long need = (KERNEL_BYTES + 2 * packed + MIB - 1) / MIB;

	if (s->machine.memory >= need * MIB)
		return 0;
	return say_err(
		-EINVAL,
		"%s: machine.memory: %lldM is too little to boot with %zu MiB of files packed; give at least %lldM",
		s->path, (long long)s->machine.memory / MIB, (size_t)(packed / MIB), need);
}

int pack_scenario(const struct scenario *s, const struct kernel *k, const char *dir)
{
	struct initramfs *fs = initramfs_new();
	size_t bytes;

	if (!fs)
		return -ENOMEM;
	int r = pack_all(fs, s, k);

	if (!r)
		r = check_fits(fs, s);
	if (!r && dir) {
		_cleanup_(sys_freep) char *archive = sys_format("%s/" MACHINE_INITRAMFS, dir);
		_cleanup_(sys_freep) char *list = sys_format("%s/" PACK_LIST, dir);

		r = initramfs_write(fs, archive, &bytes);
		if (!r)
			r = initramfs_list(fs, list);
	}
	initramfs_free(fs);
	return r;
}
