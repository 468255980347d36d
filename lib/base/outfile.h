/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An output file named by the user. It appears complete under its name, or the previous file stays: it is written
 * without a name, or with a temporary one if the file system does not support that, and takes its name in
 * outfile_commit().
 *
 * A device, a FIFO or any other existing file that is not regular is written to directly, and never removed. A symbolic
 * link is followed if it belongs to this user or root, so that the named file is written; another user's link is
 * refused, because that user could choose the file. A new file has mode 0600, because a recording may contain secrets.
 * An existing one keeps its permissions.
 */
#ifndef FUKA_OUTFILE_H
#define FUKA_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct outfile {
	FILE *stream; /* write to it, or to fileno(stream) */
	bool regular; /* false: a device or the like, which gets its bytes at once */
	char *name, *temporary;
};

/* 0, or -errno with a message. On 0, one of the two functions below must follow. */
int outfile_open(struct outfile *o, const char *path);

/* Flushes the file, syncs it and gives it its name. 0, or -errno with a message, and the previous file is unchanged. */
int outfile_commit(struct outfile *o);

/* Discards what was written. */
void outfile_discard(struct outfile *o);

#endif
