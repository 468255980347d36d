/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be expected: a row a kind, `expectation_NAME` in lab/expect/NAME.c. Shown in this order. No include guard. */
EXPECT(panic)
EXPECT(metric)
EXPECT(log)
EXPECT(model)
EXPECT(gap)
EXPECT(output)
EXPECT(exit)
EXPECT(sysstat)
EXPECT(fired)
EXPECT(console)
