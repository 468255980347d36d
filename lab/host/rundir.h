/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of one run, DIR/NAME.20261122-013000: its owner's alone (0700), because the guest's memory, its console
 * and the files packed for it are in there.
 *
 * Whoever runs holds a lock on it (flock, which ends with its owner however that ends), and a mark lies in it until the
 * run is over. A mark without a lock was left by a run that was killed: rundir_sweep() removes what only the run
 * needed.
 */
#ifndef FUKA_RUNDIR_H
#define FUKA_RUNDIR_H

#include <stdbool.h>

/*
 * Makes one for the scenario `name` below `out`; *path to be freed. Returns its descriptor, or -errno with a message.
 */
int rundir_make(const char *out, const char *name, char **path);

/*
 * The run is over: removes the initramfs, the lanes and the disk unless `keep`; when no recording came about, and not
 * `keep`, all of it. Closes fd.
 */
void rundir_done(int fd, const char *path, bool keep);

/* Removes what this user's killed runs left below `out`, and says so. Whatever is running now is left alone. */
void rundir_sweep(const char *out);

#endif
