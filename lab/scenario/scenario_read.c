// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/scenario/scenario_read.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX (8760ll * 3600 * 1000000000) /* small enough that times can be added and multiplied */

void read_wrong(struct reader *r, const struct yaml *at, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say("%s:%d:%d: %s", r->file, at->line, at->column, text);
	r->errors++;
}

void read_word_names(const struct word *w, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (; w->name && n < size; w++)
		n += snprintf(buf + n, size - n, "%s%s", n ? ", " : "", w->name);
}

const struct word *read_find_word(const struct word *w, const char *name)
{
	for (; w->name; w++)
		if (!strcmp(w->name, name))
			return w;
	return NULL;
}

bool read_is_kind(struct reader *r, const struct yaml *key, const struct yaml *value, enum yaml_kind kind)
{
	if (value->kind == kind)
		return true;
	read_wrong(r, value, "%s: expected %s, found %s", key->text, yaml_kind_name(kind), yaml_kind_name(value->kind));
	return false;
}

/* Reads a map by a table of words; reports unknown keys. */
void read_map(struct reader *r, const struct yaml *map, const struct word *words, const char *what)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct word *w = read_find_word(words, map->key[i]->text);
		char names[512];

		read_word_names(words, names, sizeof(names));
		if (!w)
			read_wrong(r, map->key[i], "unknown key '%s' in %s; allowed: %s", map->key[i]->text, what,
				   names);
		else
			w->read(r, map->key[i], map->item[i]);
	}
}

char *read_copy(const char *text)
{
	return sys_format("%s", text);
}

void read_text(struct reader *r, const struct yaml *key, const struct yaml *value, char **slot)
{
	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	if (!*value->text) {
		read_wrong(r, value, "%s: expected a text, found nothing", key->text);
		return;
	}
	free(*slot);
	*slot = read_copy(value->text);
}

void read_time(struct reader *r, const struct yaml *key, const struct yaml *value, int64_t *ns)
{
	int64_t given;

	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	if (param_parse_time(value->text, &given) || given < 0) {
		read_wrong(r, value, "%s: '%s' is not a time; expected one such as 250ms, 5s or 2m", key->text,
			   value->text);
		return;
	}
	if (given > TIME_MAX)
		read_wrong(r, value, "%s: '%s' is more than a year, 8760h", key->text, value->text);
	*ns = given > TIME_MAX ? TIME_MAX : given; /* the checks of the whole still compute with it */
}

void read_int(struct reader *r, const struct yaml *key, const struct yaml *value, int64_t *slot)
{
	char *rest;

	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	errno = 0;
	*slot = strtoll(value->text, &rest, 10);
	if (errno || rest == value->text || *rest || *slot < 0)
		read_wrong(r, value, "%s: '%s' is not a whole number >= 0", key->text, value->text);
}

void read_figure(struct reader *r, const struct yaml *key, const struct yaml *value, double *slot)
{
	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	if (param_parse_figure(value->text, slot))
		read_wrong(r, value, "%s: '%s' is not a figure; expected one such as 1.5, 95%%, 64M or 200ms",
			   key->text, value->text);
}

/* A list of texts, or one text, as a NULL-terminated array. */
void read_texts(struct reader *r, const struct yaml *key, const struct yaml *value, char ***slot)
{
	size_t n = value->kind == YAML_LIST ? value->count : 1;
	char **list = calloc(n + 1, sizeof(*list));

	if (value->kind == YAML_MAP || !list || n == 0) {
		read_wrong(r, value, "%s: expected a text or a list of texts", key->text);
		free(list);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct yaml *v = value->kind == YAML_LIST ? value->item[i] : value;

		if (read_is_kind(r, key, v, YAML_TEXT))
			list[i] = read_copy(v->text);
		else
			list[i] = read_copy("");
	}
	*slot = list;
}

void read_free_texts(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}
