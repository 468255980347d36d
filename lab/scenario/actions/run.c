// SPDX-License-Identifier: GPL-2.0-or-later
/* run: starts a program of the host, which is packed with its libraries. */
#include "lab/scenario/actions/action.h"

static void read_value(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_texts(r, key, value, &r->entry->argv);
}

static void read_files(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_texts(r, key, value, &r->entry->file);
}

static void read_package(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	read_texts(r, key, value, &r->entry->package);
}

static void read_oom_score_adj(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct load_common common = {0};
	char why[PARAM_WHY];

	if (!read_is_kind(r, key, value, YAML_TEXT))
		return;
	if (param_set(load_common_params, &common, key->text, value->text, why))
		read_wrong(r, value, "%s: %s", key->text, why);
	r->entry->oom_score_adj = common.oom_score_adj;
}

static const struct word own[] = {
	{"files", read_files, VALUE_TEXTS, "further files and directories to pack"},
	{"package", read_package, VALUE_TEXTS, "Debian packages whose files are packed, too"},
	{"oom_score_adj", read_oom_score_adj, VALUE_INT, "the OOM killer's adjustment, from -1000 to 1000"},
	{0},
};

const struct action_kind action_run = {
	.word = {"run", read_value, VALUE_TEXTS,
		 "{at: 5s, id: hog, run: [stress-ng, --vm, \"1\"]}   a program of the host, packed with its libraries\n"
		 "  (with files: [PATH], package: NAME, oom_score_adj: N)\n"},
	.own = own,
};
