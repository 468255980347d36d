// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/text/yaml.h"
#include "lib/base/say.h"
#include "lib/base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <libfyaml.h>
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

void yaml_free(struct yaml *y)
{
	if (!y)
		return;
	for (size_t i = 0; i < y->count; i++) {
		yaml_free(y->item[i]);
		if (y->key)
			yaml_free(y->key[i]);
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
	int level;
};

static int build(struct builder *b, struct fy_node *node, const struct yaml *near, struct yaml **out);

/* Nodes other than scalars have no token of their own: they stand where their first child does, or their key. */
static void place(struct yaml *y, struct fy_node *node, const struct yaml *near)
{
	struct fy_token *token = fy_node_is_scalar(node) ? fy_node_get_scalar_token(node) : NULL;
	const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;

	y->line = mark ? mark->line + 1 : near ? near->line : 1;
	y->column = mark ? mark->column + 1 : near ? near->column : 1;
}

static int grow(struct yaml *y, struct yaml *key, struct yaml *value)
{
	struct yaml **item = realloc(y->item, (y->count + 1) * sizeof(*item));

	if (item)
		y->item = item;
	struct yaml **keys = key ? realloc(y->key, (y->count + 1) * sizeof(*keys)) : NULL;

	if (keys)
		y->key = keys;
	if (!item || (key && !keys)) {
		yaml_free(key);
		yaml_free(value);
		return -ENOMEM;
	}
	if (key)
		y->key[y->count] = key;
	y->item[y->count++] = value;
	return 0;
}

static int build_list(struct builder *b, struct fy_node *node, struct yaml *y)
{
	void *iter = NULL;

	for (struct fy_node *n; (n = fy_node_sequence_iterate(node, &iter));) {
		struct yaml *value;
		int r = build(b, n, y, &value);

		if (!r && y->count == ITEMS_MAX) {
			r = say_err(-E2BIG, "%s:%d:%d: more than %d items in one list", b->file, value->line,
				    value->column, ITEMS_MAX);
			yaml_free(value);
		}
		if (r || (r = grow(y, NULL, value)))
			return r;
		if (y->count == 1 && value->kind == YAML_MAP && value->count)
			y->line = value->line, y->column = value->column;
	}
	return 0;
}

static int build_pair(struct builder *b, struct fy_node_pair *pair, struct yaml *y)
{
	struct yaml *key = NULL, *value = NULL;
	int r = fy_node_pair_key(pair) ? build(b, fy_node_pair_key(pair), y, &key) : -EINVAL;

	if (r)
		return r;
	if (y->count == KEYS_MAX)
		r = say_err(-E2BIG, "%s:%d:%d: more than %d keys in one map", b->file, key->line, key->column,
			    KEYS_MAX);
	else if (key->kind != YAML_TEXT)
		r = say_err(-EINVAL, "%s:%d:%d: a key must be a plain word", b->file, key->line, key->column);
	else if (yaml_get(y, key->text))
		r = say_err(-EINVAL, "%s:%d:%d: duplicate key '%s': it may stand only once here", b->file, key->line,
			    key->column, key->text);
	else
		r = build(b, fy_node_pair_value(pair), key, &value);
	if (r) {
		yaml_free(key);
		return r;
	}
	if (!y->count)
		y->line = key->line, y->column = key->column;
	return grow(y, key, value);
}

static int build_map(struct builder *b, struct fy_node *node, struct yaml *y)
{
	void *iter = NULL;
	int r = 0;

	for (struct fy_node_pair *p; !r && (p = fy_node_mapping_iterate(node, &iter));)
		r = build_pair(b, p, y);
	return r;
}

static int build(struct builder *b, struct fy_node *node, const struct yaml *near, struct yaml **out)
{
	struct yaml *y = calloc(1, sizeof(*y));
	size_t tag;
	int r = 0;

	if (!y)
		return -ENOMEM;
	if (!node) { /* "key:" with nothing after it */
		y->line = near ? near->line : 1;
		y->column = near ? near->column : 1;
		y->text = strdup("");
		*out = y;
		return 0;
	}
	place(y, node, near);
	if (fy_node_is_alias(node))
		r = say_err(-EINVAL, "%s:%d:%d: an alias (*name): write the value out", b->file, y->line, y->column);
	else if (fy_node_get_tag(node, &tag))
		r = say_err(-EINVAL, "%s:%d:%d: a tag (!name): a scenario has none", b->file, y->line, y->column);
	else if (++b->level > LEVELS_MAX)
		r = say_err(-EINVAL, "%s:%d:%d: more than %d levels", b->file, y->line, y->column, LEVELS_MAX);
	else if (fy_node_is_mapping(node)) {
		y->kind = YAML_MAP;
		r = build_map(b, node, y);
	} else if (fy_node_is_sequence(node)) {
		y->kind = YAML_LIST;
		r = build_list(b, node, y);
	} else {
		const char *text = fy_node_get_scalar0(node);

		y->text = strdup(text ? text : "");
	}
	b->level--;
	if (r)
		yaml_free(y);
	else
		*out = y;
	return r;
}

/* "---" begins a document and "..." ends one. */
static bool is_marker(const char *marker, const char *at, size_t n)
{
	return n >= 3 && !memcmp(at, marker, 3) && (n == 3 || strchr(" \t\r\n", at[3]));
}

/*
 * What YAML forbids or no scenario needs, refused before libfyaml sees it: what is not UTF-8, for which libfyaml has no
 * place to point at, control characters, directives ("%…" at the start of a line), on some of which libfyaml 0.7 loops
 * for ever, and a tab behind an explicit key ("? a:\t- b"), of some of which it dies.
 */
static int check_bytes(const char *file, const char *bytes, size_t n)
{
	int line = 1, column = 1, length;
	bool key = false;   /* a "?" by itself was there */
	bool began = false; /* something that is no comment was there */
	bool over = false;  /* the document's end was: what stands behind it would not be read */

	for (size_t i = 0; i < n; i += length, column++) {
		unsigned char c = bytes[i];

		length = utf8_length(bytes + i, n - i);
		if (!length)
			return say_err(-EINVAL, "%s:%d:%d: the byte 0x%02x is not UTF-8: a scenario is text", file,
				       line, column, c);
		/* a line ends with LF or CR LF; a CR by itself is one to libfyaml, and to no editor */
		bool ends = c == '\n' || (c == '\r' && i + 1 < n && bytes[i + 1] == '\n');

		if ((c < ' ' && c != '\t' && !ends) || c == 0x7f)
			return say_err(-EINVAL, "%s:%d:%d: a control character (0x%02x): a scenario is text", file,
				       line, column, c);
		if (c == '%' && column == 1)
			return say_err(-EINVAL, "%s:%d:1: a YAML directive (%%…): a scenario has none", file, line);
		if (column == 1 && ((began && is_marker("---", bytes + i, n - i)) || (over && !strchr("#\r\n", c))))
			return say_err(-EINVAL, "%s:%d:1: a second document: a scenario is one", file, line);
		over |= column == 1 && began && is_marker("...", bytes + i, n - i);
		began |= column == 1 && !strchr("#-\r\n", c);
		if (c == '\t' && key)
			return say_err(-EINVAL, "%s:%d:%d: a tab behind an explicit key (? …): write KEY: VALUE", file,
				       line, column);
		key |= c == '?' && (i == 0 || !isalnum((unsigned char)bytes[i - 1])) &&
		       (i + 1 == n || strchr(" \t\r\n", bytes[i + 1]));
		if (c == '\n') {
			line++;
			column = 0;
		}
	}
	return 0;
}

static void print_nothing(struct fy_diag *diag, void *user, const char *text, size_t n)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)n;
}

/*
 * libfyaml's first error, which is collected: what it would print has the line with a mark under it, and to find that,
 * 0.7 now and then reads where nothing is. Some of its errors have no place, and are not collected.
 */
static int say_diag(const char *file, struct fy_diag *diag)
{
	void *iter = NULL;
	struct fy_diag_error *e = fy_diag_errors_iterate(diag, &iter);

	if (e)
		return say_err(-EINVAL, "%s:%d:%d: error: %s", file, e->line, e->column, e->msg);
	return say_err(-EINVAL,
		       "%s:1:1: there is no YAML in it; a scenario is a map: about, machine, timeline, end, expect",
		       file);
}

int yaml_parse(const char *file, const char *bytes, size_t n, struct yaml **out)
{
	if (n > BYTES_MAX)
		return say_err(-EFBIG, "%s:1:1: %zu bytes; a scenario is one page, at most %u KiB", file, n,
			       BYTES_MAX >> 10);
	if (check_bytes(file, bytes, n))
		return -EINVAL;

	struct fy_diag_cfg diag_cfg = {.output_fn = print_nothing, .level = FYET_ERROR, .module_mask = ~0u};
	struct fy_diag *diag = fy_diag_create(&diag_cfg);
	struct fy_parse_cfg cfg = {.flags = FYPCF_ALLOW_DUPLICATE_KEYS, .diag = diag};

	fy_diag_set_collect_errors(diag, true);

	struct fy_document *doc = n ? fy_document_build_from_string(&cfg, bytes, n) : NULL;
	struct builder b = {.file = file};
	int r = doc && fy_document_root(doc) ? build(&b, fy_document_root(doc), NULL, out) : say_diag(file, diag);

	fy_document_destroy(doc);
	fy_diag_destroy(diag);
	return r;
}
