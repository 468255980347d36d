/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `fuka doctor` and `fuka version` both ask the machine. */
#ifndef FUKA_DOCTOR_H
#define FUKA_DOCTOR_H

#include <stddef.h>

/* First line that `TOOL --version` prints. -ENOENT when TOOL is not in PATH, -EIO when it ran and told nothing. */
int doctor_tool_version(const char *tool, char *line, size_t n);

/* Names of the kernels that are fetched ("5.10 6.1"), sorted, "" when there is none. */
void doctor_kernels(char *names, size_t n);

#endif
