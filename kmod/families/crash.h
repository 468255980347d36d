/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FAULT and ARG as in memory.h; crash.c has the actions. */
/* clang-format off */
FAULT(panic, "panic", FUKA_ANYWHERE, "calls panic()", NO_ARGS)
FAULT(bug, "bug", FUKA_ANYWHERE, "BUG()", NO_ARGS)
FAULT(warn, "warn", FUKA_ANYWHERE, "WARN()", NO_ARGS)
FAULT(null, "null", FUKA_ANYWHERE, "writes through a NULL pointer", NO_ARGS)
FAULT(jump, "jump", FUKA_ANYWHERE, "calls a function at an unmapped address", NO_ARGS)
FAULT(divide, "divide", FUKA_ANYWHERE, "divides by zero", NO_ARGS)
FAULT(stack_overflow, "stack-overflow", FUKA_ANYWHERE, "recurses until the stack ends", NO_ARGS)
FAULT(stack_smash, "stack-smash", FUKA_ANYWHERE, "writes past an array on the stack", NO_ARGS)
FAULT(list_corruption, "list-corruption", FUKA_ANYWHERE, "removes an element from a list twice", NO_ARGS)
FAULT(double_free, "double-free", FUKA_ANYWHERE, "frees an object twice", NO_ARGS)
FAULT(use_after_free, "use-after-free", FUKA_ANYWHERE, "writes to an object that it has freed",
      ARG("bytes", CHOICE, "word", 0, 0, "word all", "how much of the object is overwritten"))
FAULT(overflow, "overflow", FUKA_ANYWHERE, "writes past the end of an object with memset", NO_ARGS)
