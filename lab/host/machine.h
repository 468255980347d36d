/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine under test: one QEMU process, started, watched and ended by the host. */
#ifndef FUKA_MACHINE_H
#define FUKA_MACHINE_H

#include "lab/pack/kernel.h"
#include "lab/host/qmp.h"
#include "lab/scenario/scenario.h"

#include <stdbool.h>
#include <sys/types.h>

/* Names inside the run's directory, QEMU's working directory. */
#define MACHINE_INITRAMFS "initramfs.cpio"
#define MACHINE_LANES     "lanes.shm"
#define MACHINE_DISK      "disk0.img"
#define MACHINE_CONSOLE   "console.log"
#define MACHINE_LOG       "qemu.log"
#define MACHINE_COMMAND   "qemu.sh"
#define MACHINE_VMCORE    "vmcore"     /* after a panic: its memory, an ELF core */
#define MACHINE_DMESG     "vmcore.log" /* … and the kernel's log from it */

#define MACHINE_VMCORE_ID "machine.vmcore" /* of the request for it, in the host's events */

struct machine_plan {
	const struct scenario *scenario;
	const struct kernel *kernel;
	const char *dir;
	uint64_t lanes_bytes;
	bool kvm;
};

struct machine {
	pid_t pid; /* 0: has ended and was reaped */
	int status;
	struct qmp qmp;
	int net_fd; /* the other end of its network card, or -1 */
};

/* The program, found in PATH; NULL with a message that names the package when it is not there. */
const char *machine_program(void);

/* QEMU's version, "7.2.22 (Debian …)"; "" when unknown. */
void machine_version(char *buf, size_t size);

/* Starts QEMU stopped, writes its exact command line to MACHINE_COMMAND. -errno with a message. */
int machine_start(const struct machine_plan *plan, struct machine *m);

/* Whether it has ended; reaps it. Waits at most wait_ms. */
bool machine_ended(struct machine *m, int wait_ms);

/* Closes what connects us to it. */
void machine_close(struct machine *m);

/* SIGKILL, and reap. */
void machine_kill(struct machine *m);

#endif
