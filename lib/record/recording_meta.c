// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a recording's meta frames, which are logfmt lines: meta=source names a source, others have keys such as kernel=
 * and hz=. Of the guest's own meta frames only a few keys are used.
 */
#include "lib/record/recording_reader.h"
#include "lib/base/say.h"
#include "lib/record/lane.h"
#include "lib/record/source.h"
#include "lib/text/logfmt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define META_MAX (1u << 20) /* most text of meta frames that is kept */

static int name_source(struct recording *r, const char *line, size_t n)
{
	long long id;
	char name[64];

	if (!logfmt_get_int(line, n, "id", &id) || id < 0 || id > UINT16_MAX ||
	    !logfmt_get(line, n, "name", name, sizeof(name)) || !*name)
		return 0;
	if ((size_t)id >= r->names) {
		char **grown = reallocarray(r->name, id + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + r->names, 0, (id + 1 - r->names) * sizeof(*grown));
		r->name = grown;
		int *known = reallocarray(r->known, id + 1, sizeof(*known));

		if (!known)
			return -ENOMEM;
		r->known = known;
		r->names = id + 1;
	}
	if (r->name[id])
		return 0;
	r->known[id] = source_number(name);
	r->name[id] = strdup(name);
	return r->name[id] ? 0 : -ENOMEM;
}

static int keep_meta(struct recording *r, const char *line, size_t n, bool guest)
{
	struct meta_text *grown = r->meta;

	r->meta_bytes += n + sizeof(*grown);
	if (r->meta_bytes > META_MAX) {
		r->metas_left++;
		return 0;
	}
	if (r->metas % 64 == 0)
		grown = reallocarray(r->meta, r->metas + 64, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->meta = grown;
	char *bytes = malloc(n + 1);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, line, n);
	bytes[n] = '\0';
	r->meta[r->metas++] = (struct meta_text){bytes, n, guest};
	return 0;
}

static int take_meta(struct recording *r, const struct frame *f)
{
	bool guest = f->head.lane != LANE_HOST;
	char kind[16];

	if (!guest && logfmt_get(f->payload, f->head.payload_length, "meta", kind, sizeof(kind)) &&
	    !strcmp(kind, "source"))
		return name_source(r, f->payload, f->head.payload_length);
	return keep_meta(r, f->payload, f->head.payload_length, guest);
}

static int read_all(struct recording *r)
{
	struct recording_cursor *c;
	struct frame f;
	int err = recording_cursor_of(r, SOURCE_META, &c);

	if (err)
		return err;
	while ((err = recording_next(c, &f)) == 1 && !(err = take_meta(r, &f)))
		;
	recording_cursor_free(c);
	return err;
}

/* Sets the title, on one line without control characters. */
static int find_title(struct recording *r)
{
	const char *scenario = recording_meta(r, "scenario"), *slash = strrchr(r->path, '/');

	r->title = strdup(scenario && *scenario ? scenario : slash ? slash + 1 : r->path);
	if (!r->title)
		return -ENOMEM;
	say_printable(r->title);
	return 0;
}

int recording_meta_read(struct recording *r)
{
	int err = read_all(r) ?: find_title(r);

	if (!err && r->metas_left && !r->damage[0])
		snprintf(r->damage, sizeof(r->damage),
			 "%" PRIu64 "  of its meta frames are left out: they have more than %u KiB", r->metas_left,
			 META_MAX >> 10);
	return err;
}

void recording_meta_free(struct recording *r)
{
	while (r->cache && r->cache->first) {
		struct meta_value *v = r->cache->first;

		r->cache->first = v->next;
		free(v->key);
		free(v->value);
		free(v);
	}
	for (size_t i = 0; i < r->names; i++)
		free(r->name[i]);
	for (size_t i = 0; i < r->metas; i++)
		free(r->meta[i].bytes);
	free(r->cache);
	free(r->name);
	free(r->known);
	free(r->meta);
	free(r->title);
}

int recording_source(const struct recording *r, const char *name)
{
	for (size_t i = 0; i < r->names; i++)
		if (r->name[i] && !strcmp(r->name[i], name))
			return (int)i;
	return -ENOENT;
}

const char *recording_source_name(const struct recording *r, int source)
{
	return source >= 0 && (size_t)source < r->names ? r->name[source] : NULL;
}

/* Whether only the guest can know this key of its kernel; all others are taken from the host. */
static bool guest_may_say(const char *key)
{
	return !strcmp(key, "release") || !strcmp(key, "version") || !strcmp(key, "hz") || !strcmp(key, "arch");
}

const char *recording_meta(const struct recording *r, const char *key)
{
	for (struct meta_value *v = r->cache->first; v; v = v->next)
		if (!strcmp(v->key, key))
			return v->value;
	struct meta_value *v = calloc(1, sizeof(*v));
	if (!v)
		return NULL;
	v->key = strdup(key);
	for (size_t i = 0; i < r->metas && v->key && !v->value; i++) {
		char *value = r->meta[i].guest && !guest_may_say(key) ? NULL : malloc(r->meta[i].n + 1);

		if (value && logfmt_get(r->meta[i].bytes, r->meta[i].n, key, value, r->meta[i].n + 1))
			v->value = value;
		else
			free(value);
	}
	if (!v->key) {
		free(v);
		return NULL;
	}
	v->next = r->cache->first;
	r->cache->first = v;
	return v->value;
}
