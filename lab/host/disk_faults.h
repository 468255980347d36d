/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host does to the machine's disk while it runs, by one QMP command each, and what takes it back:
 *
 *	throttle	bounds of QEMU's own, block_set_io_throttle; none
 *	stall		the same with one byte a second: what is asked for next takes years; none
 *	eio		the disk's node becomes blkdebug, which fails everything; the file again
 *	unplug, plug	device_del and device_add, on a port of PCI Express; each other
 *
 * Requests that were on their way, and the one that fills the bound of a stall, still go through.
 */
#ifndef FUKA_DISK_FAULTS_H
#define FUKA_DISK_FAULTS_H

#include "lab/host/qmp.h"
#include "lab/scenario/scenario.h"

#define HOST_DISK "disk0"    /* QEMU's device */
#define HOST_FILE "file0"    /* its node: the file … */
#define HOST_NODE "healthy0" /* … and what the guest is given of it, when all is well … */
#define HOST_EIO  "eio0"     /* … and when nothing is */
#define HOST_SLOT "slot0"    /* the port it is in, where it can be unplugged */

/* Asks QEMU to do what the entry says, or to take it back; QEMU's answer carries the entry's id. -errno. */
int disk_faults_ask(struct qmp *q, const struct entry *e, bool back);

/* Whether that answer only says that it has begun: the guest lets go first, and DEVICE_DELETED says when it has. */
bool disk_faults_ends_later(const struct entry *e, bool back);

#endif
