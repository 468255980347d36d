/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Prometheus rule file, as far as an export needs to know it: which alerts, which metrics, how far back they look. */
#ifndef FUKA_RULES_H
#define FUKA_RULES_H

#include <stddef.h>
#include <stdint.h>

struct rule {
	char *name; /* of the alert or of the recorded metric */
	char *expr;
	int64_t for_ns;    /* how long an alert must hold */
	int64_t window_ns; /* the longest window in the expression */
	int alert;
};

struct rules {
	struct rule *rule;
	size_t count;
	int64_t window_ns; /* the longest of all, with its for: */
};

/* Says its own errors as file:line:column. */
int rules_read(const char *path, struct rules *out);
/* The same from memory; `path` is for messages. */
int rules_parse(const char *path, const char *bytes, size_t n, struct rules *out);
void rules_free(struct rules *r);

/* "5m", "1h30m" -> ns; -1 when it is no duration. *n: bytes it took. */
int64_t rules_duration(const char *text, size_t *n);

#endif
