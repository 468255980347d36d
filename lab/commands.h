/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of contents of fuka: one row a subcommand; the struct is command_NAME. No include guard. */
COMMAND(run)
COMMAND(load)
COMMAND(fault)
COMMAND(collect)
COMMAND(report)
COMMAND(export)
COMMAND(peek)
COMMAND(list)
COMMAND(doctor)
COMMAND(version)
COMMAND(help)
