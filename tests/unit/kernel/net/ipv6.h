/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own, of which kmod/core/packet.c needs nothing that tests/unit/test_packet.c does not give it. */
