/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metric names and labels in the grammar of Prometheus' text formats and PromQL:
 * node_load1{job="node",instance="web1"}.
 */
#ifndef FUKA_LABELS_H
#define FUKA_LABELS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it is a valid metric name in that grammar: letters, digits, '_', no digit first. */
bool labels_is_name(const char *name);

/*
 * Appends key="value" to labels, with a comma before it unless it is the first. Characters that are not printable
 * become '?', quotes and backslashes are escaped; a value that does not fit is truncated.
 */
void labels_add(char *labels, size_t size, const char *key, const char *value);

#endif
