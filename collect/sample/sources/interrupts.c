// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers of interrupts, one row per interrupt line, one column per CPU. It is long on machines with many CPUs, so it
 * is recorded only on request.
 *
 *	            CPU0       CPU1
 *	  24:        120          0   PCI-MSI 49152-edge      virtio0-config
 *	 LOC:       9012       8733   Local timer interrupts
 */
#include "collect/sample/sources/source.h"

extern const struct source source_interrupts;

const struct source source_interrupts = {
	.path = "/proc/interrupts", .by_line = true, .on_request = true, .bytes = 2560, .bytes_cpu = 512};
