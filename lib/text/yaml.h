/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML document as a plain tree in which every node has its position, so that any message can have file:line:column.
 * libyaml does the parsing; the tree has only texts, lists and maps, and the reader refuses what a scenario never needs
 * (duplicate keys, keys that are not plain texts, more than 32 levels).
 */
#ifndef FUKA_YAML_H
#define FUKA_YAML_H

#include <stddef.h>

enum yaml_kind {
	YAML_TEXT,
	YAML_LIST,
	YAML_MAP
};

struct yaml {
	enum yaml_kind kind;
	int line, column;   /* from 1 */
	char *text;         /* YAML_TEXT: its value */
	struct yaml **item; /* YAML_LIST: its items; YAML_MAP: its values … */
	struct yaml **key;  /* … and their keys, in the file's order */
	size_t count;
};

/*
 * Parses n bytes; `file` is the name for messages. Reports errors as file:line:column: what. -EINVAL if it is not YAML
 * or not of the supported form.
 */
int yaml_parse(const char *file, const char *bytes, size_t n, struct yaml **out);
void yaml_release(struct yaml *y);

/* The value of a key of a map, or NULL. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

/* "a text", "a list", "a map": for messages. */
const char *yaml_kind_name(enum yaml_kind kind);

#endif
