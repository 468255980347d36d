/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every fault there is: the rows of all families (families.h), for user space. No include guard. */
#include "kmod/memory.h"
#include "kmod/alloc.h"
#include "kmod/crash.h"
#include "kmod/lockup.h"
#include "kmod/accounting.h"
#include "kmod/net.h"
