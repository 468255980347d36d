/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a Prometheus rule file that an export needs: its alerts, their metrics, and how far back they look. */
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
	int64_t window_ns; /* the longest window plus for: of all rules */
};

/* Reports errors as file:line:column. */
int rules_read(const char *path, struct rules *out);
/* The same from memory; `path` is for messages. */
int rules_parse(const char *path, const char *bytes, size_t n, struct rules *out);
void rules_free(struct rules *r);

/* "5m", "1h30m" -> ns; -1 if it is not a duration. *n: number of bytes parsed. */
int64_t rules_duration(const char *text, size_t *n);

#endif
