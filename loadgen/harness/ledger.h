/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger records what a load has done to the machine and how to undo it: a control group, mounts, device-mapper
 * devices.
 *
 * The leader and the guards share it, because each of them may die at any time. It is a file that the guards hold
 * locked (flock, which ends with them however they end). A file without a lock was left by a load whose processes were
 * all killed at once, and ledger_sweep() undoes what it lists. The file is in a directory that belongs to this user
 * alone (/run/fuka for root), where others cannot plant anything; mount points are made there, too.
 *
 * An undo is recorded before the thing is made, and names it by something that is unique to the load: a random name, in
 * that directory or as a device's UUID. So it finds what belongs to this load, or nothing.
 */
#ifndef FUKA_LEDGER_H
#define FUKA_LEDGER_H

#include "loadgen/harness/loadgen.h"
#include "loadgen/harness/place.h"

struct entries;

struct ledger {
	int fd;         /* the lock; -1: this process, or this machine, has none */
	char path[128]; /* "/run/fuka/dstate.aB3dEf"; "": no such directory, so ledger_sweep() cannot find it */
	char salt[8];   /* "aB3dEf" */
	struct entries *entries;
};

int ledger_open(struct ledger *l, const char *generator);

/* Drops the lock in a process that is not a guard. */
void ledger_unlock(struct ledger *l);

/* Drops the lock and the mapping. */
void ledger_forget(struct ledger *l);

int ledger_add(struct ledger *l, enum load_undo how, const char *what);

/* The load's control group. */
struct place_group *ledger_group(struct ledger *l);

/* Undoes what tasks sleep on; may be called repeatedly. */
void ledger_let_go(struct ledger *l);

/*
 * Undoes all in reverse order and removes the file; what could not be undone is reported and stays for another attempt.
 */
void ledger_undo(struct ledger *l);

/* Undoes and reports what loads of this user left on this machine whose processes were all killed. */
void ledger_sweep(void);

#endif
