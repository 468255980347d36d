/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns a family's rows into its const table; FUKA_TABLE names the file with the rows. Include it once, at the end of
 * the family's .c file, where each row FAULT(id, …) finds act_id(). FUKA_FAULTS names the table; FUKA_END is the
 * function that releases what the actions left behind when a fault is disarmed, or NULL.
 */
#define INT    false
#define SIZE   false
#define TIME   false
#define CHOICE true
#define NO_ARGS

#define ARG(_name, _type, _def, _least, _most, _words, _what)                                                          \
	{.name = (_name), .choice = (_type), .least = (u64)(_least), .most = (u64)(_most), .words = (_words)},
#define FAULT(_id, _name, _contexts, _what, ...)                                                                       \
	static const struct fuka_fault_arg _id##_args[] = {__VA_ARGS__{.name = NULL}};                                 \
	static_assert(sizeof(_name) <= FUKA_NAME_BYTES && ARRAY_SIZE(_id##_args) - 1 <= FUKA_ARGS);
#include FUKA_TABLE
#undef FAULT

#define FAULT(_id, _name, _contexts, _what, ...)                                                                       \
	{.name = (_name), .contexts = (_contexts), .args = _id##_args, .act = act_##_id, .end = FUKA_END},
const struct fuka_fault FUKA_FAULTS[] = {
#include FUKA_TABLE
	{.name = NULL}};
#undef FAULT
