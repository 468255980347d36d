/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All faults: the rows of all families (families.h), for user space. No include guard. */
#include "kmod/families/memory.h"
#include "kmod/families/alloc.h"
#include "kmod/families/crash.h"
#include "kmod/families/lockup.h"
#include "kmod/families/accounting.h"
#include "kmod/families/net.h"
