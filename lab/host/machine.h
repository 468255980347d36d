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
#define MACHINE_VMCORE    "vmcore"     /* the machine's memory after a panic, an ELF core … */
#define MACHINE_DMESG     "vmcore.log" /* … and the kernel's log out of it */

/*
 * Words of every guest's kernel command line. panic=-1 ends a panic that QEMU does not stop.
 */
#define MACHINE_KERNEL_WORDS "rdinit=/init printk.devkmsg=on panic=-1 nokaslr mitigations=off cryptomgr.notests "

#define MACHINE_VMCORE_ID "machine.vmcore" /* id of the request for it in the host's events */

struct machine_plan {
	const struct scenario *scenario;
	const struct kernel *kernel;
	const char *dir;
	uint64_t lanes_bytes;
	bool kvm;
};

struct machine {
	pid_t pid; /* 0 once it has ended and was reaped */
	int status;
	struct qmp qmp;
	int net_fd; /* the other end of its network card, or -1 */
};

/* The path of the program; NULL, with a message that names the package, when it is not in PATH. */
const char *machine_program(void);

/* QEMU's version, "7.2.22 (Debian …)"; "" when unknown. */
void machine_version(char *buf, size_t size);

/* Starts QEMU and writes its exact command line to MACHINE_COMMAND. Returns 0, or -errno with a message. */
int machine_start(const struct machine_plan *plan, struct machine *m);

/* Waits at most wait_ms for the machine to end and reaps it. Returns whether it has ended. */
bool machine_ended(struct machine *m, int wait_ms);

/* Closes QMP and the network card's end. */
void machine_close(struct machine *m);

/* Kills QEMU with SIGKILL and reaps it. */
void machine_kill(struct machine *m);

#endif
