// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/host/disk_faults.h"

#include <stdio.h>

#define BACKEND "/machine/peripheral/" HOST_DISK "/virtio-backend" /* the device that is throttled, by its QOM path */

/* QEMU requires all six limits; 0 is no limit. */
static int throttle(struct qmp *q, const struct entry *e, long long iops, long long bps)
{
	char arguments[256];

	snprintf(arguments, sizeof(arguments),
		 "{\"id\": \"" BACKEND "\", \"iops\": %lld, \"iops_rd\": 0, \"iops_wr\": 0, \"bps\": %lld, "
		 "\"bps_rd\": 0, \"bps_wr\": 0}",
		 iops, bps);
	return qmp_send(q, "block_set_io_throttle", arguments, e->id);
}

static int become(struct qmp *q, const struct entry *e, const char *node)
{
	char arguments[160];

	snprintf(arguments, sizeof(arguments),
		 "{\"path\": \"/machine/peripheral/" HOST_DISK "\", \"property\": \"drive\", \"value\": \"%s\"}", node);
	return qmp_send(q, "qom-set", arguments, e->id);
}

static int plug(struct qmp *q, const struct entry *e, bool in)
{
	return in ? qmp_send(q, "device_add",
			     "{\"driver\": \"virtio-blk-pci\", \"id\": \"" HOST_DISK "\", \"drive\": \"" HOST_NODE
			     "\", \"bus\": \"" HOST_SLOT "\"}",
			     e->id)
		  : qmp_send(q, "device_del", "{\"id\": \"" HOST_DISK "\"}", e->id);
}

int disk_faults_ask(struct qmp *q, const struct entry *e, bool back)
{
	switch (e->host) {
	case HOST_KILL:
		return 0; /* a signal cannot be taken back */
	case HOST_THROTTLE:
		return back ? throttle(q, e, 0, 0) : throttle(q, e, e->iops, e->bps);
	case HOST_STALL:
		return throttle(q, e, 0, back ? 0 : 1);
	case HOST_FAIL:
		return become(q, e, back ? HOST_NODE : HOST_EIO);
	case HOST_PLUG:
	case HOST_UNPLUG:
		return plug(q, e, (e->host == HOST_PLUG) != back);
	}
	return 0;
}

bool disk_faults_ends_later(const struct entry *e, bool back)
{
	return (e->host == HOST_UNPLUG && !back) || (e->host == HOST_PLUG && back);
}
