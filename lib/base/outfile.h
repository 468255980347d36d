/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that somebody named for a result. It appears whole under its name, or what was there stays: it is written
 * without a name, or beside its own where the file system cannot do that, and takes the name's place by
 * outfile_commit().
 *
 * A device, a FIFO, or whatever else is there and is no regular file is written into as it stands, and never removed. A
 * symbolic link is followed when it is this user's own or root's, so that what was named is what is written; another
 * user's is refused, because they would choose the file. A new file is its owner's alone (mode 0600): what was recorded
 * may be secret. One that was there keeps its permissions.
 */
#ifndef FUKA_OUTFILE_H
#define FUKA_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct outfile {
	FILE *stream; /* to be written to; or its descriptor, fileno(stream) */
	bool regular; /* false: a device or the like, which has its bytes at once */
	char *name, *temporary;
};

/* 0, or -errno with a message. Then one of the two below must follow. */
int outfile_open(struct outfile *o, const char *path);

/* Flushes, puts it on the disk and under its name. 0, or -errno with a message: then what was there before still is. */
int outfile_commit(struct outfile *o);

/* Forgets what was written. */
void outfile_discard(struct outfile *o);

#endif
