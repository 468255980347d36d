/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUKA_VERSION_H
#define FUKA_VERSION_H

#define FUKA_VERSION "0.1.0"

#endif
