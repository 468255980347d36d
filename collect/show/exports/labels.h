/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metric names and labels as Prometheus' text forms and PromQL write them: node_load1{job="node",instance="web1"}. */
#ifndef FUKA_LABELS_H
#define FUKA_LABELS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it is a metric's name in that grammar: letters, digits, '_', no digit first. */
bool labels_is_name(const char *name);

/*
 * Appends key="value" to labels, with a comma before it where it is not the first. What a line of a terminal may not
 * have is '?' in the value, quotes and backslashes are escaped; a value that does not fit is cut.
 */
void labels_add(char *labels, size_t size, const char *key, const char *value);

#endif
