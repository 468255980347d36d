/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the lab needs of the QEMU Machine Protocol: JSON objects over one socket, one per line. */
#ifndef FUKA_QMP_H
#define FUKA_QMP_H

#include <jansson.h>
#include <stddef.h>

struct qmp {
	int fd;
	char *text; /* bytes that are not a whole line yet */
	size_t used, size;
};

/*
 * Sends {"execute": command, "arguments": {…}, "id": …}; arguments is JSON, or NULL. QEMU's answer carries the id, if
 * there is one. Returns -errno when QEMU is gone.
 */
int qmp_send(struct qmp *q, const char *command, const char *arguments, const char *id);

/* Reads what is there without waiting. Returns -EPIPE when QEMU closed the socket. */
int qmp_fill(struct qmp *q);

/* Returns the next whole message of what was read, NULL when there is none. The caller owns it. */
json_t *qmp_take(struct qmp *q);

void qmp_close(struct qmp *q);

#endif
