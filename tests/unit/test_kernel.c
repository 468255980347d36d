// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel's image, of a few KiB and made here: packed by each packer that Linux uses, with the size that the kernel's build
 * appends; and where its modules are looked for.
 */
#include "lab/pack/kernel.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define RELEASE "6.6.6-fuka-test"

static char dir[] = "/tmp/fuka-test-kernel.XXXXXX";

static char *at(const char *name)
{
	return sys_format("%s/%s", dir, name);
}

static void spill(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || sys_write_all(fd, bytes, n))
		exit(99);
	close(fd);
}

/* A vmlinux: it is one by its first bytes, and has its release among its data. */
static void make_vmlinux(const char *path)
{
	static char elf[4096] = "\177ELF\2\1\1";

	strcpy(elf + 1024, "Linux version " RELEASE " (x@y) #1");
	spill(path, elf, sizeof(elf));
}

/* A bzImage around what is packed: Documentation/arch/x86/boot.rst. */
static void make_bzimage(const char *path, const char *packed, size_t n, size_t tail)
{
	enum {
		SETUP = 5 * 512
	};
	static const unsigned char version[] = {0x0f, 0x02};
	_cleanup_(sys_freep) char *image = calloc(1, SETUP + 4096 + n);
	uint32_t length = n + tail, unpacked = 4096;

	if (!image)
		exit(99);
	image[0x1f1] = SETUP / 512 - 1;
	memcpy(image + 0x202, "HdrS", 4);
	memcpy(image + 0x206, version, 2);
	image[0x20e] = 0x100 & 0xff, image[0x20f] = 0x100 >> 8;
	strcpy(image + 0x300, RELEASE " (x@y) #1");
	memcpy(image + 0x24c, &length, 4);
	memcpy(image + SETUP, packed, n);
	memcpy(image + SETUP + n, &unpacked, tail);
	spill(path, image, SETUP + 4096 + n);
}

static bool unpacks_to(const struct kernel *k, const char *path)
{
	_cleanup_(sys_freep) char *is = NULL, *wanted = NULL;
	size_t n, m;

	return !sys_read_file(k->vmlinux, &is, &n) && !sys_read_file(path, &wanted, &m) && n == m &&
	       !memcmp(is, wanted, n);
}

static void packers(void)
{
	static const struct {
		const char *name, *command;
		size_t tail;
	} all[] = {
		{"xz", "xz -qc --check=crc32", 4},
		{"zstd", "zstd -qc", 4},
		{"lz4", "lz4 -qcl", 4},
		{"gzip", "gzip -qc", 0},
	};
	_cleanup_(sys_freep) char *vmlinux = at("vmlinux"), *packed = at("packed"), *image = at("vmlinuz");

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		_cleanup_(sys_freep) char *command = sys_format("command -v %s >/dev/null && %s <%s >%s", all[i].name,
								all[i].command, vmlinux, packed);
		_cleanup_(sys_freep) char *bytes = NULL;
		struct kernel k = {0};
		size_t n;

		if (system(command)) {
			ok(true, "%s # SKIP %s (lab/packages)", all[i].name, all[i].name);
			continue;
		}
		if (sys_read_file(packed, &bytes, &n))
			exit(99);
		make_bzimage(image, bytes, n, all[i].tail);
		int err = kernel_find(image, dir, &k);

		ok(!err && unpacks_to(&k, vmlinux) && !strcmp(k.release, RELEASE), "an image packed by %s: %d",
		   all[i].name, err);
		if (!err)
			kernel_free(&k);
	}
}

static bool finds_modules(const char *image, const char *wanted)
{
	struct kernel k;
	int err = kernel_find(image, NULL, &k);
	bool right = wanted ? !err && !strcmp(k.modules_dir, wanted) : err == -ENOENT;

	if (!right)
		printf("# %d %s\n", err, err ? "" : k.modules_dir);
	if (!err)
		kernel_free(&k);
	return right;
}

static void make_modules(const char *in)
{
	_cleanup_(sys_freep) char *dep = sys_format("%s/modules.dep", in);

	if (sys_mkdirs(in))
		exit(99);
	spill(dep, "", 0);
}

/* Where this process alone has another /lib: 0, 1, or 77 where it may not. */
static int finds_in_lib(const char *vmlinux)
{
	if (geteuid() || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("test", "/lib", "tmpfs", 0, NULL))
		return 77;
	make_modules("/lib/modules/" RELEASE);
	return !finds_modules(vmlinux, "/lib/modules/" RELEASE);
}

static void modules(void)
{
	_cleanup_(sys_freep) char *vmlinux = at("vmlinux"), *here = at("lib/modules/" RELEASE);
	int status;

	ok(finds_modules(vmlinux, NULL), "a kernel without modules");
	pid_t pid = fork();

	if (!pid)
		_exit(finds_in_lib(vmlinux));
	if (waitpid(pid, &status, 0) != pid)
		exit(99);
	ok(!status || WEXITSTATUS(status) == 77, "its modules in /lib/modules%s",
	   status ? " # SKIP mount namespaces: only root may mount on /lib" : "");
	make_modules(here);
	ok(finds_modules(vmlinux, here), "its modules beside it");
}

int main(void)
{
	if (!mkdtemp(dir) || setenv("FUKA_HOME", dir, 1))
		return 99;
	_cleanup_(sys_freep) char *vmlinux = at("vmlinux"), *dep = at("modules.dep");

	make_vmlinux(vmlinux);
	spill(dep, "", 0);
	say_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	packers();
	modules();
	_cleanup_(sys_freep) char *command = sys_format("rm -r %s", dir);
	return tap_end() | (system(command) != 0);
}
