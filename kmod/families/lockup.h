/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FAULT and ARG as in memory.h; lockup.c has the actions. */
/* clang-format off */
FAULT(spin, "spin", FUKA_ANYWHERE | FUKA_COUNTS_R, "spins on the CPU, so that no other task runs there: a soft lockup "
"if it lasts",
      ARG("time", TIME, "30s", 1000, 3600000000000, NULL, "how long"))
FAULT(irqs_off, "irqs-off", FUKA_ANYWHERE | FUKA_COUNTS_R, "spins on the CPU with interrupts off",
      ARG("time", TIME, "30s", 1000, 3600000000000, NULL, "how long"))
FAULT(rcu_stall, "rcu-stall", FUKA_ANYWHERE | FUKA_COUNTS_R, "stays in an RCU read-side critical section; a task lets "
"others run meanwhile",
      ARG("time", TIME, "30s", 1000, 3600000000000, NULL, "how long"))
FAULT(deadlock, "deadlock", FUKA_ANYWHERE | FUKA_NEVER_RETURNS, "takes a spinlock twice; never returns", NO_ARGS)
FAULT(halt, "halt", FUKA_ANYWHERE | FUKA_NEVER_RETURNS, "halts the CPU with interrupts off; never returns", NO_ARGS)
FAULT(sleep, "sleep", FUKA_ANYWHERE | FUKA_COUNTS_D, "sleeps in any context; in atomic context that is a bug",
      ARG("time", TIME, "10ms", 1000000, 3600000000000, NULL, "how long"))
FAULT(d_tasks, "d-tasks", FUKA_IN(CALLER) | FUKA_COUNTS_N, "kernel threads in uninterruptible sleep, until it is "
"disarmed",
      ARG("tasks", INT, "1", 1, 32000, NULL, "how many"))
FAULT(hung_task, "hung-task", FUKA_IN_TASKS | FUKA_COUNTS_D, "waits in uninterruptible sleep",
      ARG("time", TIME, "30s", 1000000, 3600000000000, NULL, "how long"))
