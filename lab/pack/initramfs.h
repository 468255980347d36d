/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's whole file system: a cpio archive ("newc"), the same bytes for the same content: sorted by name,
 * inodes counted from 1, every mtime 0, owner root, no host path in it that the guest does not need.
 * Parent directories are made as needed. Adding the same name twice with the same content is fine, with another
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
/* Takes the file's content now; mode 0 means 0755 when the host's file is executable, else 0644. */
int initramfs_file(struct initramfs *fs, const char *name, unsigned mode, const char *host_path);
int initramfs_link(struct initramfs *fs, const char *name, const char *target);

/*
 * Packs a program of the host: `program` is a name looked up in PATH (and /usr/sbin, /sbin) or a path. An ELF comes
 * with its interpreter and the closure of its DT_NEEDED libraries (rpath, runpath, ld.so.cache's directories), under
 * their own paths; a script with its interpreter likewise. *where (may be NULL) gets its path in the guest, to be
 * freed. -ENOENT with a message that names the program, or the library that misses and who needs it.
 */
int initramfs_program(struct initramfs *fs, const char *program, char **where);

/*
 * Packs only what a program needs (interpreter, libraries), for one that is itself packed under another name: `name` is
 * its path in the guest, `host_path` the file. So fuka becomes /init, and no path of the host is in the archive.
 */
int initramfs_needs(struct initramfs *fs, const char *name, const char *host_path);

/* Writes the archive; *bytes its size (may be NULL). */
int initramfs_write(const struct initramfs *fs, const char *path, size_t *bytes);

/* Bytes of all files in it, before it is written. */
size_t initramfs_size(const struct initramfs *fs);

/* Writes the list of what is packed, one "MODE SIZE NAME" a line, sorted: the run directory's packed.txt. */
int initramfs_list(const struct initramfs *fs, const char *path);

#endif
