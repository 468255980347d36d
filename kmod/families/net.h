/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FAULT and ARG as in memory.h; done by net.c. They act on the packet that triggers them. */
/* clang-format off */
FAULT(drop, "drop", FUKA_IN_PACKET | FUKA_ON_ITS_PACKET, "drops the packet", NO_ARGS)
FAULT(delay, "delay", FUKA_IN_PACKET | FUKA_ON_ITS_PACKET, "holds the packet back",
      ARG("time", TIME, "100ms", 1000000, 60000000000, NULL, "how long"))
FAULT(duplicate, "duplicate", FUKA_IN_PACKET | FUKA_ON_ITS_PACKET, "lets the packet through more than once",
      ARG("copies", INT, "1", 1, 16, NULL, "how many more"))
FAULT(corrupt, "corrupt", FUKA_IN_PACKET | FUKA_ON_ITS_PACKET, "flips bits of the packet's last bytes; checksums stay as they were",
      ARG("bytes", INT, "1", 1, 64, NULL, "how many bytes"))
