/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libkmod is opened when it is first needed. Only the host resolves modules; if fuka were linked to libkmod, the
 * guest's copy of fuka would need it too, with libkmod's compression and cryptography libraries (6 MB to unpack at
 * every boot).
 */
#ifndef FUKA_LIBKMOD_H
#define FUKA_LIBKMOD_H

#include <libkmod.h>

#define LIBKMOD_CALLS(CALL)                                                                                            \
	CALL(kmod_new)                                                                                                 \
	CALL(kmod_unref)                                                                                               \
	CALL(kmod_list_next)                                                                                           \
	CALL(kmod_module_new_from_lookup)                                                                              \
	CALL(kmod_module_get_softdeps)                                                                                 \
	CALL(kmod_module_get_dependencies)                                                                             \
	CALL(kmod_module_get_module)                                                                                   \
	CALL(kmod_module_get_path)                                                                                     \
	CALL(kmod_module_new_from_path)                                                                                \
	CALL(kmod_module_get_info)                                                                                     \
	CALL(kmod_module_info_get_key)                                                                                 \
	CALL(kmod_module_info_get_value)                                                                               \
	CALL(kmod_module_info_free_list)                                                                               \
	CALL(kmod_module_unref)                                                                                        \
	CALL(kmod_module_unref_list)

struct libkmod {
#define CALL(name) __typeof__(&name) name;
	LIBKMOD_CALLS(CALL)
#undef CALL
};

/* Returns the library's functions, or NULL with a message that names the package. */
const struct libkmod *libkmod(void);

#endif
