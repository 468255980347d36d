// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the closure of an ELF program by its program headers only, because stripped files may have no sections:
 *
 *	PT_INTERP   "/lib64/ld-linux-x86-64.so.2"
 *	PT_DYNAMIC  DT_NEEDED "libc.so.6" · DT_RUNPATH "$ORIGIN/../lib" · DT_STRTAB, an address, mapped by a PT_LOAD
 *
 * Each object found is read in turn, so the list grows while it is walked. LD_LIBRARY_PATH is deliberately ignored: the
 * guest has none, and a run must not depend on the caller's environment. Libraries loaded with dlopen() cannot be
 * found.
 */
#include "lab/pack/elf.h"
#include "lib/base/array.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <glob.h>
#include <libelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* One object of the closure; parent is the index of the first that needs it, -1 for the program. */
struct object {
	char *host, *guest, *soname; /* soname is the text of the DT_NEEDED entry */
	struct elf_needs says;
	long parent;
};

struct dir {
	char *host, *guest;
};

struct closure {
	struct object *objects;
	size_t n;
	struct dir *dirs; /* of ld.so.conf, and the built-in ones */
	size_t n_dirs;
};

bool elf_is(const void *bytes, size_t n)
{
	return n > SELFMAG && !memcmp(bytes, ELFMAG, SELFMAG);
}

static void *need(void *p)
{
	if (!p)
		say_die(FUKA_USAGE, "no memory to list the libraries of a program");
	return p;
}

void elf_needs_free(struct elf_needs *e)
{
	for (size_t i = 0; i < e->n_needed; i++)
		free(e->needed[i]);
	free(e->needed);
	free(e->interp);
	free(e->rpath);
	free(e->runpath);
	*e = (struct elf_needs){0};
}

static void object_free(struct object *o)
{
	elf_needs_free(&o->says);
	free(o->host);
	free(o->guest);
	free(o->soname);
}

static void closure_free(struct closure *w)
{
	for (size_t i = 0; i < w->n; i++)
		object_free(&w->objects[i]);
	for (size_t i = 0; i < w->n_dirs; i++) {
		free(w->dirs[i].host);
		free(w->dirs[i].guest);
	}
	free(w->objects);
	free(w->dirs);
}

/* ---- reading one file ---- */

static bool phdr_of(Elf *elf, GElf_Word type, GElf_Phdr *out)
{
	size_t n;

	if (elf_getphdrnum(elf, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(elf, i, out) && out->p_type == type)
			return true;
	return false;
}

/* Returns the file's bytes at a virtual address, found by the PT_LOAD that maps it. */
static const char *bytes_at(Elf *elf, GElf_Addr addr, size_t size)
{
	size_t n;

	if (elf_getphdrnum(elf, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr ph;

		if (!gelf_getphdr(elf, i, &ph) || ph.p_type != PT_LOAD || addr < ph.p_vaddr ||
		    addr - ph.p_vaddr >= ph.p_filesz || size > ph.p_filesz - (addr - ph.p_vaddr))
			continue;
		Elf_Data *data = elf_getdata_rawchunk(elf, ph.p_offset + (addr - ph.p_vaddr), size, ELF_T_BYTE);

		return data ? data->d_buf : NULL;
	}
	return NULL;
}

static char *string_at(const char *strings, size_t size, size_t at)
{
	return at < size && memchr(strings + at, '\0', size - at) ? need(strdup(strings + at)) : NULL;
}

static void keep_needed(struct elf_needs *o, char *name)
{
	if (!name)
		return;
	need(array_push(o->needed, o->n_needed, name) ? NULL : o->needed);
}

static int read_dynamic(Elf *elf, const GElf_Phdr *ph, struct elf_needs *o)
{
	Elf_Data *dyn = elf_getdata_rawchunk(elf, ph->p_offset, ph->p_filesz, ELF_T_DYN);
	size_t n = dyn ? dyn->d_size / gelf_fsize(elf, ELF_T_DYN, 1, EV_CURRENT) : 0, size = 0;
	GElf_Addr strtab = 0;
	GElf_Dyn d;

	for (size_t i = 0; i < n && gelf_getdyn(dyn, i, &d) && d.d_tag != DT_NULL; i++) {
		if (d.d_tag == DT_STRTAB)
			strtab = d.d_un.d_ptr;
		else if (d.d_tag == DT_STRSZ)
			size = d.d_un.d_val;
	}
	const char *strings = bytes_at(elf, strtab, size);

	if (!strings)
		return -ENOEXEC;
	for (size_t i = 0; i < n && gelf_getdyn(dyn, i, &d) && d.d_tag != DT_NULL; i++) {
		if (d.d_tag == DT_NEEDED)
			keep_needed(o, string_at(strings, size, d.d_un.d_val));
		else if (d.d_tag == DT_RPATH && !o->rpath)
			o->rpath = string_at(strings, size, d.d_un.d_val);
		else if (d.d_tag == DT_RUNPATH && !o->runpath)
			o->runpath = string_at(strings, size, d.d_un.d_val);
	}
	return 0;
}

static int read_elf(Elf *elf, struct elf_needs *o)
{
	GElf_Ehdr eh;
	GElf_Phdr ph;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh))
		return -ENOEXEC;
	o->class = gelf_getclass(elf);
	o->machine = eh.e_machine;
	if (!elf_dirs(o->machine))
		return -ENOEXEC;
	if (phdr_of(elf, PT_INTERP, &ph)) {
		Elf_Data *data = elf_getdata_rawchunk(elf, ph.p_offset, ph.p_filesz, ELF_T_BYTE);

		o->interp = data ? string_at(data->d_buf, data->d_size, 0) : NULL;
		if (!o->interp)
			return -ENOEXEC;
	}
	return phdr_of(elf, PT_DYNAMIC, &ph) ? read_dynamic(elf, &ph, o) : 0;
}

int elf_needs(const void *bytes, size_t n, struct elf_needs *out)
{
	struct elf_needs e = {0};

	elf_version(EV_CURRENT);
	Elf *elf = elf_memory((char *)bytes, n);
	int err = read_elf(elf, &e);

	elf_end(elf);
	if (err)
		elf_needs_free(&e);
	else
		*out = e;
	return err;
}

/*
 * Fills o->says from the file. Returns -ENOENT when it cannot be opened and -ENOEXEC when it is no ELF of this
 * architecture, without a message.
 */
static int object_read(struct object *o)
{
	_cleanup_(sys_closep) int fd = sys_open_regular(o->host);
	struct stat st;

	if (fd < 0)
		return -ENOENT;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return -ENOEXEC;
	/* private and writable, because libelf may convert in place what it reads */
	void *at = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	int err = at == MAP_FAILED ? -ENOEXEC : elf_needs(at, st.st_size, &o->says);

	if (at != MAP_FAILED)
		munmap(at, st.st_size);
	return err;
}

/* ---- the directories that ld.so searches ---- */

static bool dir_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/*
 * Returns the directory in which the guest finds what was found in `dir`: the same if it is built into ld.so, otherwise
 * the first built-in one.
 */
static const char *guest_dir(const char *dir, int machine)
{
	const char *const *known = elf_dirs(machine);

	for (const char *const *k = known; *k; k++)
		if (!strcmp(*k, dir))
			return *k;
	for (const char *const *k = known; *k; k++)
		if (dir_exists(*k))
			return *k;
	return known[0];
}

static void keep_dir(struct closure *w, const char *dir)
{
	if (*dir != '/' || !dir_exists(dir))
		return;
	struct dir one = {need(strdup(dir)), need(strdup(guest_dir(dir, w->objects[0].says.machine)))};

	need(array_push(w->dirs, w->n_dirs, one) ? NULL : w->dirs);
}

/*
 * Reads /etc/ld.so.conf, which has one directory or `include PATTERN` per line; '#' starts a comment:
 *	include /etc/ld.so.conf.d/…
 *	/usr/lib/x86_64-linux-gnu/libfakeroot
 */
static void read_conf(struct closure *w, const char *path, int depth)
{
	FILE *f = fopen(path, "re");
	char line[PATH_MAX + 32];

	while (f && fgets(line, sizeof(line), f)) {
		char *at = line + strspn(line, " \t"), *end = at + strcspn(at, "#\n");

		while (end > at && strchr(" \t/", end[-1]))
			end--;
		*end = '\0';
		if (strncmp(at, "include", 7) || !strchr(" \t", at[7])) {
			keep_dir(w, at);
			continue;
		}
		at += 7 + strspn(at + 7, " \t");
		glob_t found;
		char *pattern = NULL;

		if (asprintf(&pattern, "%s%s", *at == '/' ? "" : "/etc/", at) < 0)
			need(NULL);
		if (depth < 4 && !glob(pattern, 0, NULL, &found)) {
			for (size_t i = 0; i < found.gl_pathc; i++)
				read_conf(w, found.gl_pathv[i], depth + 1);
			globfree(&found);
		}
		free(pattern);
	}
	if (f)
		fclose(f);
}

/* ---- finding one library ---- */

static char *dirname_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return need(slash && slash > path ? strndup(path, slash - path) : strdup("/"));
}

/*
 * Expands $ORIGIN and $LIB, with or without braces. Returns NULL for what has no meaning here ($PLATFORM, a relative
 * path).
 */
static char *expand(const char *entry, size_t n, const char *origin, int machine)
{
	char out[PATH_MAX];
	size_t used = 0;

	for (size_t i = 0; i < n && used < sizeof(out) - 1;) {
		const char *to = NULL, *at = entry + i + 1, *lib = elf_dirs(machine)[0] + 1;
		size_t brace = i + 1 < n && *at == '{', left = n - i - 1;

		if (entry[i] == '$' && left >= 6 + 2 * brace && !strncmp(at + brace, "ORIGIN", 6))
			to = origin, i += 7 + 2 * brace;
		else if (entry[i] == '$' && left >= 3 + 2 * brace && !strncmp(at + brace, "LIB", 3))
			to = lib, i += 4 + 2 * brace;
		else if (entry[i] == '$')
			return NULL;
		if (to)
			used += snprintf(out + used, sizeof(out) - used, "%s", to);
		else
			out[used++] = entry[i++];
	}
	return used && used < sizeof(out) && *out == '/' ? need(strndup(out, used)) : NULL;
}

/* Whether DIR/NAME is a library of the class and machine of `asked_by`; if so, it is read into `o`. */
static bool try_dir(const struct dir *d, const char *name, const struct object *asked_by, struct object *o)
{
	*o = (struct object){0};
	if (asprintf(&o->host, "%s/%s", d->host, name) < 0 || asprintf(&o->guest, "%s/%s", d->guest, name) < 0)
		need(NULL);
	if (!object_read(o) && o->says.class == asked_by->says.class && o->says.machine == asked_by->says.machine)
		return true;
	object_free(o);
	return false;
}

/* Searches the colon-separated DT_RPATH or DT_RUNPATH of `owner`. */
static bool try_path(const struct object *owner, const char *path, const char *name, struct object *o)
{
	bool found = false;

	for (const char *at = path; at && !found;) {
		size_t n = strcspn(at, ":");
		char *host_origin = dirname_of(owner->host), *guest_origin = dirname_of(owner->guest);
		struct dir d = {expand(at, n, host_origin, owner->says.machine),
				expand(at, n, guest_origin, owner->says.machine)};

		found = d.host && d.guest && try_dir(&d, name, owner, o);
		free(d.host);
		free(d.guest);
		free(host_origin);
		free(guest_origin);
		at = at[n] ? at + n + 1 : NULL;
	}
	return found;
}

static bool find_library(struct closure *w, size_t asking, const char *name, struct object *o)
{
	const struct object *by = &w->objects[asking];

	if (strchr(name, '/'))
		return try_dir(&(struct dir){"", ""}, name + (*name == '/'), by, o);
	if (!by->says.runpath)
		for (long i = asking; i >= 0; i = w->objects[i].parent)
			if (!w->objects[i].says.runpath && try_path(&w->objects[i], w->objects[i].says.rpath, name, o))
				return true;
	if (try_path(by, by->says.runpath, name, o))
		return true;
	for (size_t i = 0; i < w->n_dirs; i++)
		if (try_dir(&w->dirs[i], name, by, o))
			return true;
	return false;
}

static bool have(const struct closure *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->objects[i].soname && !strcmp(w->objects[i].soname, name))
			return true;
	return false;
}

static void keep(struct closure *w, const struct object *o)
{
	need(array_push(w->objects, w->n, *o) ? NULL : w->objects);
}

static int add_interp(struct closure *w)
{
	const char *path = w->objects[0].says.interp;
	const char *slash = path ? strrchr(path, '/') : NULL;
	struct object o;

	if (!slash)
		return 0;
	if (!try_dir(&(struct dir){"", ""}, path + 1, &w->objects[0], &o))
		return say_err(-ENOENT, "%s needs the interpreter %s, which is not on this machine", w->objects[0].host,
			       path);
	o.soname = need(strdup(slash + 1));
	keep(w, &o);
	return 0;
}

static int add_needed(struct closure *w, size_t asking)
{
	for (size_t i = 0; i < w->objects[asking].says.n_needed; i++) {
		const char *name = w->objects[asking].says.needed[i];
		struct object o;

		if (have(w, name))
			continue;
		if (!find_library(w, asking, name, &o))
			return say_err(-ENOENT,
				       "the library %s is missing; %s needs it (for %s): looked in its rpath, the "
				       "directories of /etc/ld.so.conf and ld.so's own; `apt-file search %s` names its "
				       "package",
				       name, w->objects[asking].host, w->objects[0].host, name);
		o.soname = need(strdup(name));
		o.parent = asking;
		keep(w, &o);
	}
	return 0;
}

static void hand_over(struct closure *w, struct elf_libs *out)
{
	out->at = need(calloc(w->n, sizeof(*out->at)));
	out->n = 0;
	for (size_t i = 1; i < w->n; i++) {
		const char *interp = w->objects[0].says.interp;

		out->at[out->n++] = (struct elf_lib){w->objects[i].host, w->objects[i].guest,
						     interp && !strcmp(interp, w->objects[i].host)};
		w->objects[i].host = w->objects[i].guest = NULL;
	}
}

int elf_closure(const char *host, const char *guest, struct elf_libs *out)
{
	struct closure w __attribute__((cleanup(closure_free))) = {0};
	struct object program = {.host = need(strdup(host)), .guest = need(strdup(guest)), .parent = -1};
	int err = object_read(&program);

	keep(&w, &program);
	if (err)
		return say_err(err, "%s cannot be packed: expected an ELF program or library of %s%s", host, elf_arch,
			       err == -ENOENT ? ", but it cannot be opened" : "");
	read_conf(&w, "/etc/ld.so.conf", 0);
	for (const char *const *d = elf_dirs(program.says.machine); *d; d++)
		keep_dir(&w, *d);
	err = add_interp(&w);
	for (size_t i = 0; !err && i < w.n; i++)
		err = add_needed(&w, i);
	if (!err)
		hand_over(&w, out);
	return err;
}

void elf_libs_free(struct elf_libs *libs)
{
	for (size_t i = 0; i < libs->n; i++) {
		free(libs->at[i].host);
		free(libs->at[i].guest);
	}
	free(libs->at);
	*libs = (struct elf_libs){0};
}
