/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FAULT and ARG as in memory.h; net.c has the actions. They act on the packet that triggers them. */
/* clang-format off */
FAULT(drop, "drop", FUKA_IN_PACKET | FUKA_ON_ITS_PACKET, "drops the packet", NO_ARGS)
FAULT(delay, "delay", FUKA_IN_PACKET | FUKA_ON_ITS_PACKET, "delays the packet",
      ARG("time", TIME, "100ms", 1000000, 60000000000, NULL, "how long"))
FAULT(duplicate, "duplicate", FUKA_IN_PACKET | FUKA_ON_ITS_PACKET, "duplicates the packet",
      ARG("copies", INT, "1", 1, 16, NULL, "number of copies"))
FAULT(corrupt, "corrupt", FUKA_IN_PACKET | FUKA_ON_ITS_PACKET, "flips bits of the packet's last bytes; checksums are "
"not updated",
      ARG("bytes", INT, "1", 1, 64, NULL, "how many bytes"))
