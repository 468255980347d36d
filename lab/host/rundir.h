/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of one run, DIR/NAME.20261122-013000. Its mode is 0700, because it holds the guest's memory, its
 * console and the files packed for it.
 *
 * The running process holds a lock on it (flock, which is released however the process ends), and a mark file is in it
 * until the run is over. A mark without a lock means that the run was killed; rundir_sweep() then removes what only the
 * run needed.
 */
#ifndef FUKA_RUNDIR_H
#define FUKA_RUNDIR_H

#include <stdbool.h>

/*
 * Makes a directory for the scenario `name` in `out`. The caller frees *path. Returns its descriptor, or -errno with a
 * message.
 */
int rundir_make(const char *out, const char *name, char **path);

/*
 * Ends the run: unless `keep`, removes the initramfs, the lanes and the disk, and everything if there is no recording.
 * Closes fd.
 */
void rundir_done(int fd, const char *path, bool keep);

/* Removes, with a message, what killed runs of this user left in `out`. Runs in progress are left alone. */
void rundir_sweep(const char *out);

#endif
