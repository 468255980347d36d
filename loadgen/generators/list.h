/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generators: one row each, the unit is loadgen/generators/NAME.c. No include guard: included once per expansion.
 */
GENERATOR(cpu)
GENERATOR(dstate)
GENERATOR(fork)
GENERATOR(io)
GENERATOR(loadavg)
GENERATOR(memory)
GENERATOR(packets)
GENERATOR(pressure)
GENERATOR(runaway)
GENERATOR(steal)
GENERATOR(stress_ng)
GENERATOR(switch)
GENERATOR(timers)
GENERATOR(vcpu)
