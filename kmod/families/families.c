// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all faults, made from the families' tables. */
#include "kmod/core/core.h"

static const struct fuka_fault *const families[] = {
#define FAMILY(name) fuka_##name##_faults,
#include "kmod/families/families.h"
#undef FAMILY
};

const struct fuka_fault *fuka_fault_find(const char *name)
{
	const struct fuka_fault *f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		for (f = families[i]; f->name; f++)
			if (!strcmp(f->name, name))
				return f;
	return NULL;
}
