/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host does to the machine's disk while the machine runs, by one QMP command each, and what takes it back:
 *
 *	throttle	bounds of QEMU's own, block_set_io_throttle; none
 *	stall		the same with one byte a second: what is asked for next takes years; none
 *	eio		the disk's node becomes blkdebug, which fails everything; the file again
 *	unplug, plug	device_del and device_add, on a port of PCI Express; each other
 *
 * Requests in flight still complete, and so does the one that uses up the limit of a stall.
 */
#ifndef FUKA_DISK_FAULTS_H
#define FUKA_DISK_FAULTS_H

#include "lab/host/qmp.h"
#include "lab/scenario/scenario.h"

#define HOST_DISK "disk0"    /* QEMU's device */
#define HOST_FILE "file0"    /* its node for the file … */
#define HOST_NODE "healthy0" /* … what the guest sees of it without a fault … */
#define HOST_EIO  "eio0"     /* … and with one */
#define HOST_SLOT "slot0"    /* the port that it is plugged into */

/* Sends QEMU the entry's fault, or what takes it back; QEMU's answer carries the entry's id. Returns 0 or -errno. */
int disk_faults_ask(struct qmp *q, const struct entry *e, bool back);

/*
 * Whether that answer only means that the unplug has begun: the guest must release the device, then DEVICE_DELETED
 * comes.
 */
bool disk_faults_ends_later(const struct entry *e, bool back);

#endif
