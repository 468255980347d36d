/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own, of which fuka.ko needs nothing in a unit test that tests/unit/kernel/kernel.h does not give it. */
