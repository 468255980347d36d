// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/text/yaml.h"
#include "lib/base/array.h"
#include "lib/base/say.h"
#include "lib/base/utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <yaml.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX 32
#define BYTES_MAX  (1u << 20) /* a scenario is one page */
#define KEYS_MAX   1000
#define ITEMS_MAX  10000

const char *yaml_kind_name(enum yaml_kind kind)
{
	static const char *const names[] = {"a text", "a list", "a map"};

	return names[kind];
}

void yaml_release(struct yaml *y)
{
	if (!y)
		return;
	for (size_t i = 0; i < y->count; i++) {
		yaml_release(y->item[i]);
		if (y->key)
			yaml_release(y->key[i]);
	}
	free(y->item);
	free(y->key);
	free(y->text);
	free(y);
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
	for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++)
		if (!strcmp(map->key[i]->text, key))
			return map->item[i];
	return NULL;
}

struct builder {
	const char *file;
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	int level;
};

/* Reports libyaml's error, "1:2: did not find expected ',' or '}'". It has no position for what its reader refuses. */
static int say_error(const struct builder *b)
{
	const yaml_parser_t *p = &b->parser;

	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	return say_err(-EINVAL, "%s:%zu:%zu: error: %s%s%s", b->file, p->problem_mark.line + 1,
		       p->problem_mark.column + 1, p->context ? p->context : "", p->context ? ": " : "",
		       p->problem ? p->problem : "this is not YAML");
}

static int next_event(struct builder *b)
{
	yaml_event_delete(&b->event);
	return yaml_parser_parse(&b->parser, &b->event) ? 0 : say_error(b);
}

/* Takes ownership of key and value, also if it fails. */
static int grow(struct yaml *y, struct yaml *key, struct yaml *value)
{
	if (!array_grow(&y->item, y->count, sizeof(*y->item)) ||
	    (key && !array_grow(&y->key, y->count, sizeof(*y->key)))) {
		yaml_release(key);
		yaml_release(value);
		return -ENOMEM;
	}
	if (key)
		y->key[y->count] = key;
	y->item[y->count++] = value;
	return 0;
}

static int build(struct builder *b, const struct yaml *near, struct yaml **out);

/* A map has the position of its first key, and a list that of its first map, because messages refer to these. */
static int build_list(struct builder *b, struct yaml *y)
{
	for (;;) {
		struct yaml *value;
		int r = next_event(b);

		if (r || b->event.type == YAML_SEQUENCE_END_EVENT)
			return r;
		r = build(b, y, &value);
		if (!r && y->count == ITEMS_MAX) {
			r = say_err(-E2BIG, "%s:%d:%d: more than %d items in one list", b->file, value->line,
				    value->column, ITEMS_MAX);
			yaml_release(value);
		}
		if (r || (r = grow(y, NULL, value)))
			return r;
		if (y->count == 1 && value->kind == YAML_MAP && value->count)
			y->line = value->line, y->column = value->column;
	}
}

static int build_pair(struct builder *b, struct yaml *y)
{
	struct yaml *key = NULL, *value = NULL;
	int r = build(b, y, &key);

	if (r)
		return r;
	if (y->count == KEYS_MAX)
		r = say_err(-E2BIG, "%s:%d:%d: more than %d keys in one map", b->file, key->line, key->column,
			    KEYS_MAX);
	else if (key->kind != YAML_TEXT)
		r = say_err(-EINVAL, "%s:%d:%d: a key must be a plain word", b->file, key->line, key->column);
	else if (yaml_get(y, key->text))
		r = say_err(-EINVAL, "%s:%d:%d: duplicate key '%s': it may be given only once here", b->file, key->line,
			    key->column, key->text);
	else
		r = next_event(b) ?: build(b, key, &value);
	if (r) {
		yaml_release(key);
		return r;
	}
	if (!y->count)
		y->line = key->line, y->column = key->column;
	return grow(y, key, value);
}

static int build_map(struct builder *b, struct yaml *y)
{
	for (;;) {
		int r = next_event(b);

		if (r || b->event.type == YAML_MAPPING_END_EVENT)
			return r;
		r = build_pair(b, y);
		if (r)
			return r;
	}
}

static int build_text(struct builder *b, struct yaml *y, const struct yaml *near)
{
	const yaml_event_t *e = &b->event;

	if (!e->data.scalar.length && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && near)
		y->line = near->line, y->column = near->column; /* "key:" with nothing after it */
	if (memchr(e->data.scalar.value, 0, e->data.scalar.length))
		return say_err(-EINVAL, "%s:%d:%d: a text must not contain a NUL", b->file, y->line, y->column);
	y->text = strdup((const char *)e->data.scalar.value);
	return y->text ? 0 : -ENOMEM;
}

static bool has_tag(const yaml_event_t *e)
{
	return e->type == YAML_SCALAR_EVENT          ? e->data.scalar.tag
	       : e->type == YAML_MAPPING_START_EVENT ? e->data.mapping_start.tag
						     : e->data.sequence_start.tag;
}

/* Builds the node that the event is, or begins. */
static int build(struct builder *b, const struct yaml *near, struct yaml **out)
{
	const yaml_event_t *e = &b->event;
	struct yaml *y = calloc(1, sizeof(*y));
	int r;

	if (!y)
		return -ENOMEM;
	y->line = (int)e->start_mark.line + 1;
	y->column = (int)e->start_mark.column + 1;
	if (e->type == YAML_ALIAS_EVENT)
		r = say_err(-EINVAL, "%s:%d:%d: aliases (*name) are not supported: write the value itself", b->file,
			    y->line, y->column);
	else if (has_tag(e))
		r = say_err(-EINVAL, "%s:%d:%d: tags (!name) are not supported", b->file, y->line, y->column);
	else if (++b->level > LEVELS_MAX)
		r = say_err(-EINVAL, "%s:%d:%d: more than %d levels", b->file, y->line, y->column, LEVELS_MAX);
	else if (e->type == YAML_MAPPING_START_EVENT)
		r = (y->kind = YAML_MAP, build_map(b, y));
	else if (e->type == YAML_SEQUENCE_START_EVENT)
		r = (y->kind = YAML_LIST, build_list(b, y));
	else
		r = build_text(b, y, near);
	b->level--;
	if (r)
		yaml_release(y);
	else
		*out = y;
	return r;
}

/* Refuses invalid UTF-8 and control characters here, because libyaml reports no position for them. */
static int check_bytes(const char *file, const char *bytes, size_t n)
{
	int line = 1, column = 1, length;

	for (size_t i = 0; i < n; i += length, column++) {
		unsigned char c = bytes[i];

		length = utf8_length(bytes + i, n - i);
		if (!length)
			return say_err(-EINVAL, "%s:%d:%d: the byte 0x%02x is not UTF-8: a scenario is text", file,
				       line, column, c);
		/* a line ends with LF or CR LF; libyaml accepts a CR alone, but no editor does */
		bool ends = c == '\n' || (c == '\r' && i + 1 < n && bytes[i + 1] == '\n');

		if ((c < ' ' && c != '\t' && !ends) || c == 0x7f)
			return say_err(-EINVAL, "%s:%d:%d: a control character (0x%02x): a scenario is text", file,
				       line, column, c);
		if (c == '\n') {
			line++;
			column = 0;
		}
	}
	return 0;
}

static int build_document(struct builder *b, struct yaml **out)
{
	const yaml_event_t *e = &b->event;
	struct yaml *top;
	int r = next_event(b) ?: next_event(b); /* start of the stream, then of its document */

	if (r)
		return r;
	if (e->type == YAML_STREAM_END_EVENT)
		return say_err(-EINVAL,
			       "%s:1:1: the file has no YAML; expected a map: about, machine, timeline, end, expect",
			       b->file);
	if (e->data.document_start.version_directive ||
	    e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
		return say_err(-EINVAL, "%s:%zu:1: YAML directives (%%…) are not supported", b->file,
			       e->start_mark.line + 1);
	r = next_event(b) ?: build(b, NULL, &top);
	if (r)
		return r;
	r = next_event(b) ?: next_event(b); /* end of the document, then of the stream */
	if (!r && e->type != YAML_STREAM_END_EVENT)
		r = say_err(-EINVAL, "%s:%zu:1: a second document; expected only one", b->file, e->start_mark.line + 1);
	if (r)
		yaml_release(top);
	else
		*out = top;
	return r;
}

int yaml_parse(const char *file, const char *bytes, size_t n, struct yaml **out)
{
	struct builder b = {.file = file};

	if (n > BYTES_MAX)
		return say_err(-EFBIG, "%s:1:1: the file has %zu bytes; expected at most %u KiB", file, n,
			       BYTES_MAX >> 10);
	if (check_bytes(file, bytes, n))
		return -EINVAL;
	if (!yaml_parser_initialize(&b.parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)bytes, n);
	int r = build_document(&b, out);

	yaml_event_delete(&b.event);
	yaml_parser_delete(&b.parser);
	return r;
}
