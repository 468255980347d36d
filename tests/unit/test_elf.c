// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which libraries a program needs, and where they are looked for, on programs of a few hundred bytes that are made here:
 * the rules are those of ld.so(8), and no compiler makes some of the files.
 */
#include "lab/pack/elf.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "tests/unit/tap.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/fuka-test-elf.XXXXXX";

/* What one file says; "D" at the beginning of a path is the test's directory. */
struct says {
	const char *needs, *rpath, *runpath;
	bool i386;  /* of another machine: nothing is in it */
	size_t cut; /* so many bytes of its strings are said not to be there */
};

/* A whole file: its head, two program headers, the dynamic section, the strings. */
struct file {
	Elf64_Ehdr head;
	Elf64_Phdr load, dynamic;
	Elf64_Dyn entry[8];
	char strings[1024];
};

static char *path_of(const char *path)
{
	return *path == 'D' ? sys_format("%s%s", dir, path + 1) : sys_format("%s", path);
}

/* Adds a string and the entry that names it. */
static void say_text(struct file *f, int *n, size_t *at, int tag, const char *text)
{
	_cleanup_(sys_freep) char *whole = text ? path_of(text) : NULL;

	if (!whole)
		return;
	f->entry[(*n)++] = (Elf64_Dyn){.d_tag = tag, .d_un.d_val = *at};
	strcpy(f->strings + *at, whole);
	*at += strlen(whole) + 1;
}

static struct file file_of(const struct says *s)
{
	struct file f = {.head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
				  .e_type = ET_DYN,
				  .e_machine = EM_X86_64,
				  .e_version = EV_CURRENT,
				  .e_phoff = offsetof(struct file, load),
				  .e_ehsize = sizeof(Elf64_Ehdr),
				  .e_phentsize = sizeof(Elf64_Phdr),
				  .e_phnum = 2}};
	size_t at = 1; /* string 0 is the empty one */
	int n = 0;

	f.load = (Elf64_Phdr){.p_type = PT_LOAD, .p_filesz = sizeof(f), .p_memsz = sizeof(f)};
	f.dynamic = (Elf64_Phdr){
		.p_type = PT_DYNAMIC, .p_offset = offsetof(struct file, entry), .p_filesz = sizeof(f.entry)};
	say_text(&f, &n, &at, DT_RPATH, s->rpath);
	say_text(&f, &n, &at, DT_RUNPATH, s->runpath);
	say_text(&f, &n, &at, DT_NEEDED, s->needs);
	f.entry[n++] = (Elf64_Dyn){.d_tag = DT_STRTAB, .d_un.d_ptr = offsetof(struct file, strings)};
	f.entry[n++] = (Elf64_Dyn){.d_tag = DT_STRSZ, .d_un.d_val = at - s->cut};
	return f;
}

static void make(const char *name, struct says s)
{
	static const Elf32_Ehdr small = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
					 .e_type = ET_DYN,
					 .e_machine = EM_386,
					 .e_version = EV_CURRENT,
					 .e_ehsize = sizeof(Elf32_Ehdr)};
	_cleanup_(sys_freep) char *path = path_of(name);
	struct file f = file_of(&s);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (fd < 0 || sys_write_all(fd, s.i386 ? (const void *)&small : &f, s.i386 ? sizeof(small) : sizeof(f)))
		exit(99);
	close(fd);
}

/* Whether the last library of D/app's is that file; NULL: that one is missing. */
static bool finds(const char *file)
{
	_cleanup_(sys_freep) char *app = path_of("D/app"), *wanted = file ? path_of(file) : NULL;
	struct elf_libs libs = {0};
	int err = elf_closure(app, "/app", &libs);
	bool right = wanted ? !err && libs.n && !strcmp(libs.at[libs.n - 1].host, wanted) : err == -ENOENT;

	if (!right)
		printf("# %d; %zu libraries, the last is %s\n", err, libs.n,
		       libs.n ? libs.at[libs.n - 1].host : "none");
	elf_libs_free(&libs);
	return right;
}

static void paths(void)
{
	static const struct {
		const char *what, *found;
		struct says app, first;
	} all[] = {
		{"$ORIGIN", "D/a/libx.so", {.needs = "libx.so", .runpath = "$ORIGIN/a"}, {0}},
		{"${ORIGIN}", "D/a/libx.so", {.needs = "libx.so", .runpath = "${ORIGIN}/a"}, {0}},
		{"no $ORIGINAL", NULL, {.needs = "libx.so", .runpath = "$PLATFORM/a"}, {0}},
		{"one path after the other",
		 "D/a/libx.so",
		 {.needs = "libx.so", .runpath = "$ORIGIN/b:$ORIGIN/a"},
		 {0}},
		{"not where it is of another machine",
		 "D/a/libx.so",
		 {.needs = "libx.so", .runpath = "$ORIGIN/i386:$ORIGIN/a"},
		 {0}},
		{"the program's RPATH, for its library, too",
		 "D/a/libx.so",
		 {.needs = "liby.so", .rpath = "D/a"},
		 {.needs = "libx.so"}},
		{"not the program's RPATH where the library has a RUNPATH",
		 NULL,
		 {.needs = "liby.so", .rpath = "D/a"},
		 {.needs = "libx.so", .runpath = "D/b"}},
		{"not the program's RUNPATH for its library",
		 NULL,
		 {.needs = "liby.so", .runpath = "D/a"},
		 {.needs = "libx.so"}},
		{"nowhere: it has no name, as that has no end",
		 "D/a/liby.so",
		 {.needs = "liby.so", .runpath = "D/a"},
		 {.needs = "libmissing.so", .cut = 1}},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		make("D/app", all[i].app);
		make("D/a/liby.so", all[i].first);
		ok(finds(all[i].found), "where a library is looked for: %s", all[i].what);
	}
}

/* In a mount namespace of its own, in which /etc is the test's. */
static void configuration(void)
{
	static const char conf[] = "# a comment\ninclude conf.d/*.conf\n";
	_cleanup_(sys_freep) char *listed = sys_format("%s/a\n", dir);

	if (geteuid() || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("test", "/etc", "tmpfs", 0, NULL)) {
		ok(true, "ld.so.conf # SKIP mount namespaces: only root may mount on /etc");
		return;
	}
	int fd = open("/etc/ld.so.conf", O_WRONLY | O_CREAT | O_CLOEXEC, 0644),
	    in = mkdir("/etc/conf.d", 0755) ? -1 : open("/etc/conf.d/x.conf", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || in < 0 || sys_write_all(fd, conf, strlen(conf)) || sys_write_all(in, listed, strlen(listed)))
		exit(99);
	close(fd);
	close(in);
	make("D/app", (struct says){.needs = "libx.so"});
	ok(finds("D/a/libx.so"), "ld.so.conf includes by a pattern that begins at /etc");
}

int main(void)
{
	static const char *const dirs[] = {"D/a", "D/b", "D/i386"};

	if (!mkdtemp(dir))
		return 99;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		_cleanup_(sys_freep) char *path = path_of(dirs[i]);

		if (mkdir(path, 0755))
			return 99;
	}
	make("D/a/libx.so", (struct says){0});
	make("D/i386/libx.so", (struct says){.i386 = true});
	say_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	paths();
	configuration();
	_cleanup_(sys_freep) char *command = sys_format("rm -r %s", dir);
	return tap_end() | (system(command) != 0);
}
