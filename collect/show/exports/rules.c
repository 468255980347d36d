// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input:
 *
 *	groups:
 *	  - name: memory
 *	    rules:
 *	      - alert: HostOomKillDetected
 *	        expr: increase(node_vmstat_oom_kill[1m]) > 0
 *	        for: 0m
 */
#include "collect/show/exports/rules.h"
#include "lib/base/array.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"
#include "lib/text/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NS (INT64_MAX / 32) /* nine years: several of them add up */

int64_t rules_duration(const char *text, size_t *n)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {
		{"ms", 1000000ll}, /* before m and s */
		{"s", 1000000000ll},     {"m", 60000000000ll},     {"h", 3600000000000ll},
		{"d", 86400000000000ll}, {"w", 604800000000000ll}, {"y", 31536000000000000ll},
	};
	int64_t sum = 0;
	const char *p = text;

	while (isdigit((unsigned char)*p)) {
		char *rest;
		long v = strtol(p, &rest, 10);
		size_t u = 0;

		while (u < sizeof(units) / sizeof(*units) && strncmp(rest, units[u].unit, strlen(units[u].unit)))
			u++;
		if (u == sizeof(units) / sizeof(*units) || v < 0 || v > LONGEST_NS / units[u].ns)
			return -1;
		sum += v * units[u].ns;
		if (sum > LONGEST_NS)
			return -1;
		p = rest + strlen(units[u].unit);
	}
	if (n)
		*n = p - text;
	return p == text ? -1 : sum;
}

/* The longest "[5m]" or "[5m:15s]" of an expression. */
static int64_t longest_window(const char *expr)
{
	int64_t most = 0;

	for (const char *p = strchr(expr, '['); p; p = strchr(p + 1, '[')) {
		int64_t w = rules_duration(p + 1 + strspn(p + 1, " "), NULL);

		most = w > most ? w : most;
	}
	return most;
}

static const char *text_of(const struct yaml *map, const char *key)
{
	const struct yaml *v = yaml_get(map, key);

	return v && v->kind == YAML_TEXT ? v->text : NULL;
}

static int rule_add(struct rules *r, const char *path, const struct yaml *map)
{
	const char *alert = map->kind == YAML_MAP ? text_of(map, "alert") : NULL;
	const char *record = map->kind == YAML_MAP ? text_of(map, "record") : NULL;
	const char *expr = map->kind == YAML_MAP ? text_of(map, "expr") : NULL;
	const char *given = map->kind == YAML_MAP ? text_of(map, "for") : NULL;

	if ((!alert && !record) || !expr)
		return say_err(-EINVAL, "%s:%d:%d: not a rule; expected a map with alert: or record:, and expr:", path,
			       map->line, map->column);
	if (!array_grow(&r->rule, r->count, sizeof(*r->rule)))
		return -ENOMEM;
	struct rule *u = &r->rule[r->count++];

	*u = (struct rule){.name = sys_format("%s", alert ? alert : record), .expr = sys_format("%s", expr)};
	u->alert = alert != NULL;
	u->window_ns = longest_window(expr);
	u->for_ns = given ? rules_duration(given, NULL) : 0;
	u->for_ns = u->for_ns < 0 ? 0 : u->for_ns;
	if (u->window_ns + u->for_ns > r->window_ns)
		r->window_ns = u->window_ns + u->for_ns;
	return 0;
}

static int rules_of(struct rules *r, const char *path, const struct yaml *doc)
{
	const struct yaml *groups = doc->kind == YAML_MAP ? yaml_get(doc, "groups") : NULL;

	if (!groups || groups->kind != YAML_LIST)
		return say_err(-EINVAL,
			       "%s:%d:%d: not a Prometheus rule file; expected a map with a list groups:", path,
			       doc->line, doc->column);
	for (size_t g = 0; g < groups->count; g++) {
		const struct yaml *list = groups->item[g]->kind == YAML_MAP ? yaml_get(groups->item[g], "rules") : NULL;

		if (!list || list->kind != YAML_LIST)
			return say_err(-EINVAL, "%s:%d:%d: not a group; expected a map with a list rules:", path,
				       groups->item[g]->line, groups->item[g]->column);
		for (size_t i = 0; i < list->count; i++) {
			int err = rule_add(r, path, list->item[i]);

			if (err)
				return err;
		}
	}
	return r->count ? 0 : say_err(-EINVAL, "%s:%d:%d: the file has no rule", path, doc->line, doc->column);
}

int rules_parse(const char *path, const char *bytes, size_t n, struct rules *out)
{
	struct yaml *doc = NULL;
	struct rules r = {0};
	int err = yaml_parse(path, bytes, n, &doc);

	if (!err)
		err = rules_of(&r, path, doc);
	yaml_release(doc);
	if (err)
		rules_free(&r);
	else
		*out = r;
	return err;
}

int rules_read(const char *path, struct rules *out)
{
	_cleanup_(sys_freep) char *bytes = NULL;
	size_t n;
	int err = sys_read_file(path, &bytes, &n);

	if (err)
		return say_err(err, "%s: cannot read the rules: %s", path, strerror(-err));
	return rules_parse(path, bytes, n, out);
}

void rules_free(struct rules *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->rule[i].name);
		free(r->rule[i].expr);
	}
	free(r->rule);
	*r = (struct rules){0};
}
