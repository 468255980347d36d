/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's whole file system, a cpio archive ("newc"). The same content gives the same bytes: names are sorted,
 * inodes count from 1, every mtime is 0, the owner is root, and host paths are in it only if the guest needs them.
 * Parent directories are made as needed. A name may be added twice with the same content; with another content that is
 * -EEXIST.
 */
#ifndef FUKA_INITRAMFS_H
#define FUKA_INITRAMFS_H

#include <stddef.h>

struct initramfs;

struct initramfs *initramfs_new(void);
void initramfs_free(struct initramfs *fs);

int initramfs_dir(struct initramfs *fs, const char *name, unsigned mode);
int initramfs_bytes(struct initramfs *fs, const char *name, unsigned mode, const void *bytes, size_t n);
/* Reads the file's content immediately; mode 0 means 0755 when the host's file is executable, otherwise 0644. */
int initramfs_file(struct initramfs *fs, const char *name, unsigned mode, const char *host_path);
int initramfs_link(struct initramfs *fs, const char *name, const char *target);

/*
 * Packs a program of the host: `program` is a path, or a name that is looked up in PATH (and /usr/sbin, /sbin). An ELF
 * is packed with its interpreter and the closure of its DT_NEEDED libraries (rpath, runpath, ld.so.cache's
 * directories), under their own paths; a script is packed with its interpreter. *where (may be NULL) gets its path in
 * the guest, which the caller frees. Returns -ENOENT with a message that names the program, or the missing library and
 * what needs it.
 */
int initramfs_program(struct initramfs *fs, const char *program, char **where);

/*
 * Packs only what a program needs (interpreter, libraries), for a program that is packed under another name: `name` is
 * its path in the guest, `host_path` the file. fuka becomes /init this way, and no path of the host is in the archive.
 */
int initramfs_needs(struct initramfs *fs, const char *name, const char *host_path);

/* Writes the archive; *bytes (may be NULL) gets its size. */
int initramfs_write(const struct initramfs *fs, const char *path, size_t *bytes);

/* Returns the bytes of all files in it, before it is written. */
size_t initramfs_size(const struct initramfs *fs);

/* Writes the sorted list of what is packed, one "MODE SIZE NAME" per line: packed.txt in the run's directory. */
int initramfs_list(const struct initramfs *fs, const char *path);

#endif
