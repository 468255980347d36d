// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/kernel/loadavg.h"

const unsigned long loadavg_exp[3] = {1884, 2014, 2037};

static unsigned long calc_load(unsigned long load, unsigned long exp, unsigned long active)
{
	unsigned long fresh = load * exp + active * (LOADAVG_ONE - exp);

	if (active >= load)
		fresh += LOADAVG_ONE - 1;
	return fresh / LOADAVG_ONE;
}

static unsigned long fixed_power_int(unsigned long x, unsigned long n)
{
	unsigned long result = LOADAVG_ONE;

	for (; n; n >>= 1) {
		if (n & 1)
			result = (result * x + LOADAVG_ONE / 2) / LOADAVG_ONE;
		x = (x * x + LOADAVG_ONE / 2) / LOADAVG_ONE;
	}
	return result;
}

unsigned long loadavg_step(unsigned long avenrun, unsigned long e, unsigned long n)
{
	return calc_load(avenrun, e, n * LOADAVG_ONE);
}

unsigned long loadavg_step_bulk(unsigned long avenrun, unsigned long e, unsigned long n, unsigned long steps)
{
	return calc_load(avenrun, fixed_power_int(e, steps), n * LOADAVG_ONE);
}

int64_t loadavg_period_ns(unsigned hz)
{
	return (int64_t)(5 * hz + 1) * 1000000000 / hz;
}
