// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/host/qmp.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT_MAX (1u << 20)

int qmp_send(struct qmp *q, const char *command, const char *arguments, const char *id)
{
	json_t *message = json_pack("{s:s, s:o, s:s*}", "execute", command, "arguments",
				    json_loads(arguments ? arguments : "{}", 0, NULL), "id", id);
	_cleanup_(sys_freep) char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	ssize_t n = text ? (ssize_t)strlen(text) : -1;

	json_decref(message);
	if (!text)
		return -EINVAL;
	text[n] = '\n'; /* in place of the end */
	return send(q->fd, text, n + 1, MSG_NOSIGNAL) == n + 1 ? 0 : -errno;
}

int qmp_fill(struct qmp *q)
{
	for (;;) {
		if (q->used == q->size) {
			size_t size = q->size ? q->size * 2 : 4096;
			char *bigger = size > TEXT_MAX ? NULL : realloc(q->text, size);

			if (!bigger)
				return -ENOMEM;
			q->text = bigger;
			q->size = size;
		}
		ssize_t n = recv(q->fd, q->text + q->used, q->size - q->used, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -EPIPE;
		if (n == 0)
			return -EPIPE;
		q->used += n;
	}
}

json_t *qmp_take(struct qmp *q)
{
	for (;;) {
		char *end = q->used ? memchr(q->text, '\n', q->used) : NULL;

		if (!end)
			return NULL;
		size_t n = end + 1 - q->text;
		json_t *message = json_loadb(q->text, n, 0, NULL);

		memmove(q->text, q->text + n, q->used - n);
		q->used -= n;
		if (message)
			return message; /* a line that is not JSON is not QMP's and is skipped */
	}
}

void qmp_close(struct qmp *q)
{
	if (q->fd >= 0)
		close(q->fd);
	free(q->text);
	*q = (struct qmp){.fd = -1};
}
