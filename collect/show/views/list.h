/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The views of `fuka report --view`. VIEW(name, what): collect/show/views/NAME.c has view_NAME(); `what` names the
 * source of its figures. No include guard: included once per expansion.
 */
VIEW(overview, "load averages (sysinfo) beside CPU time by mode (/proc/stat)")
VIEW(cpu, "percent of all CPU time, columns and accounting of sar -u ALL (/proc/stat, line cpu)")
VIEW(load, "run queue, averages, blocked tasks as sar -q; tasks declared; the load model's findings")
VIEW(memory, "KiB, columns of sar -r (/proc/meminfo); OOM kills since boot (/proc/vmstat)")
VIEW(pressure, "percent of time that tasks waited, as sar -q PSI (/proc/pressure)")
VIEW(paging, "pages per second, columns of sar -B; si and so as in vmstat (/proc/vmstat)")
VIEW(disk, "columns of sar -d, one table per device (/proc/diskstats)")
VIEW(softirq, "softirqs per second by kind (/proc/softirqs)")
VIEW(tasks, "tasks that ran or were blocked, and where; the largest in memory (task walks)")
VIEW(cgroup, "one table per generator's control group: CPU time, throttling, OOM, pressure (cpu.stat, memory.events)")
VIEW(truth,
     "where tick sampling misleads: /proc/stat beside elapsed time and the scheduler's accounting (/proc/schedstat)")
VIEW(sysstat, "the output of mpstat and sar in the guest beside this recording's own figures")
VIEW(events, "events of the timeline and the host, and kernel log events (kmsg, console)")
