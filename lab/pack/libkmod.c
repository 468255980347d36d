// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/pack/libkmod.h"
#include "lib/base/say.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

static bool load(struct libkmod *out)
{
	void *handle = dlopen("libkmod.so.2", RTLD_NOW | RTLD_LOCAL);
	bool whole = handle;

#define CALL(name)                                                                                                     \
	if (whole) {                                                                                                   \
		void *symbol = dlsym(handle, #name);                                                                   \
		memcpy(&out->name, &symbol, sizeof(symbol));                                                           \
		whole = symbol;                                                                                        \
	}
	LIBKMOD_CALLS(CALL)
#undef CALL
	if (!whole)
		say("cannot use libkmod.so.2: %s; it is in the package libkmod2", dlerror());
	return whole;
}

const struct libkmod *libkmod(void)
{
	static struct libkmod calls;
	static bool loaded;

	if (!loaded)
		loaded = load(&calls);
	return loaded ? &calls : NULL;
}
