/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a load has done to the machine and how it is undone: a control group, mounts, device-mapper devices.
 *
 * The leader and the guards share it, because each of them may die any time. It lies in a file that the guards hold
 * locked (flock, which ends with them however they end): one without a lock was left by a load whose processes were
 * killed all at once, and ledger_sweep() undoes what stands in it. The file is in a directory of this user's alone
 * (/run/fuka for root), where nobody can plant anything: mount points are made in there, too.
 *
 * An undo is written down before the thing is made, and names it by what nobody else's can have: a name made up at
 * random, in that directory or as a device's UUID. So it finds this load's own, or nothing.
 */
#ifndef FUKA_LEDGER_H
#define FUKA_LEDGER_H

#include "loadgen/harness/loadgen.h"
#include "loadgen/harness/place.h"

struct entries;

struct ledger {
	int fd;         /* the lock; -1: in this process, or on this machine, there is none */
	char path[128]; /* "/run/fuka/dstate.aB3dEf"; "": no such directory, and what is killed whole is not swept */
	char salt[8];   /* "aB3dEf" */
	struct entries *entries;
};

int ledger_open(struct ledger *l, const char *generator);

/* In a process that is no guard: the lock is not its own. */
void ledger_unlock(struct ledger *l);

/* … nor is anything else of it. */
void ledger_forget(struct ledger *l);

int ledger_add(struct ledger *l, enum load_undo how, const char *what);

/* Where the control group stands. */
struct place_group *ledger_group(struct ledger *l);

/* Undoes what tasks sleep on; may be called again and again. */
void ledger_let_go(struct ledger *l);

/* Undoes all, the last thing first, and forgets it; what could not be undone is said, and stays for another try. */
void ledger_undo(struct ledger *l);

/* Undoes what loads of this user left on this machine that were killed whole, and says so. */
void ledger_sweep(void);

#endif
