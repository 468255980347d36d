/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classes of kernel log events. A line belongs to the first class here that matches.
 *
 * CLASS(id, word, sample, fits, fields): `word` is the class's word in `log:` of a scenario; `sample` is a real line of
 * it; `fits` is an expression that is true for a line `t` of it; `fields` is a function of
 * collect/analyse/klog_classes.c that parses the fields of the line, or nothing. No include guard: included once per
 * expansion.
 */
CLASS(panic, "panic", "Kernel panic - not syncing: System is deadlocked on memory", begins(t, KLOG_PANIC), nothing)
CLASS(memcg_oom, "memcg-oom",
      "Memory cgroup out of memory: Killed process 103 (memory) total-vm:1073750392kB, anon-rss:33568kB, "
      "file-rss:712kB, "
      "shmem-rss:0kB, UID:0 pgtables:132kB oom_score_adj:0",
      begins(t, "Memory cgroup out of memory: ") && is_killed(t + strlen("Memory cgroup out of memory: ")), victim)
CLASS(oom_kill, "oom-kill",
      "Out of memory: Killed process 81 (memory) total-vm:60292kB, anon-rss:16816kB, file-rss:4kB, shmem-rss:1572kB, "
      "UID:0 "
      "pgtables:144kB oom_score_adj:0",
      is_killed(t) || (begins(t, "Out of memory") && strstr(t, ": ") && is_killed(strstr(t, ": ") + 2)), victim)
CLASS(no_killable, "no-killable", "Out of memory and no killable processes...",
      begins(t, "Out of memory and no killable processes"), nothing)
CLASS(oom_invoked, "oom-invoked", "memory invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
      strstr(t, INVOKED), invoked)
CLASS(soft_lockup, "soft-lockup", "watchdog: BUG: soft lockup - CPU#0 stuck for 11s! [fuka/5:110]",
      strstr(t, "BUG: soft lockup"), stuck)
CLASS(hard_lockup, "hard-lockup", "watchdog: CPU5: Watchdog detected hard LOCKUP on cpu 6",
      strstr(t, "hard LOCKUP") || (begins(t, "Watchdog CPU:") && strstr(t, "Hard LOCKUP")), locked_up)
CLASS(rcu_stall, "rcu-stall",
      "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", strstr(t, "INFO: rcu") && strstr(t, "stall"), nothing)
CLASS(hung_task, "hung-task", "INFO: task kworker/0:1:14 blocked for more than 3 seconds.",
      begins(t, TASK) && blocked_for(t), blocked)
CLASS(page_alloc, "page-allocation-failure",
      "send: page allocation failure: order:0, mode:0xa20(GFP_ATOMIC), nodemask=(null),cpuset=/,mems_allowed=0",
      strstr(t, REFUSED) || strstr(t, REFUSED_OLD), refused)
CLASS(page_stall, "page-allocation-stall",
      "python3: page allocation stalls for 10060ms, order:1, mode:0x15080c0(GFP_KERNEL_ACCOUNT|__GFP_ZERO), nodemask=(null)",
      strstr(t, STALLED), stalled)
CLASS(list_corruption, "list-corruption",
      "list_del corruption, ffff888003d51000->next is LIST_POISON1 (dead000000000100)",
      begins(t, "list_add corruption") || begins(t, "list_del corruption") || begins(t, "list_add double add"), nothing)
CLASS(ubsan, "ubsan", "UBSAN: shift-out-of-bounds in fs/x.c:12:9", begins(t, "UBSAN: "), nothing)
CLASS(bug, "bug", "BUG: kernel NULL pointer dereference, address: 0000000000000000",
      begins(t, "kernel BUG at ") || begins(t, "BUG: ") || (begins(t, "BUG ") && strstr(t, " (")), nothing)
CLASS(oops, "oops", "Oops: 0002 [#1] PREEMPT SMP NOPTI", is_die(t), nothing)
CLASS(warning, "warning", "WARNING: CPU: 0 PID: 106 at crash.c:26 act_warn+0x11/0x20 [fuka]", begins(t, "WARNING: "),
      warned)
