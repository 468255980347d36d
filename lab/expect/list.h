/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of expectations, one row each: `expectation_NAME` in lab/expect/NAME.c. Help shows them in this order. No
 * include guard.
 */
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
