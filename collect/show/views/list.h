/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `fuka report --view` can show. VIEW(name, what): collect/show/views/NAME.c has view_NAME(); `what` names the source
 * of its figures. No include guard: included once per expansion.
 */
VIEW(overview, "load averages (sysinfo) beside CPU time by mode (/proc/stat)")
VIEW(cpu, "percent of all CPU time, columns and accounting of sar -u ALL (/proc/stat, line cpu)")
VIEW(load, "run queue, averages, blocked tasks as sar -q; tasks declared; the load model's findings")
VIEW(memory, "KiB, columns of sar -r (/proc/meminfo); OOM kills since boot (/proc/vmstat)")
VIEW(pressure, "percent of time that tasks waited, as sar -q PSI (/proc/pressure)")
VIEW(paging, "pages a second, columns of sar -B; si and so as vmstat (/proc/vmstat)")
VIEW(disk, "columns of sar -d, a table a device (/proc/diskstats)")
VIEW(softirq, "software interrupts a second by kind (/proc/softirqs)")
VIEW(tasks, "who ran and who waited, where; the largest in memory (the task walks)")
VIEW(cgroup, "a generator's control group, a table each: CPU time, throttling, OOM, pressure (cpu.stat, memory.events)")
VIEW(truth, "where /proc/stat's tick sampling cannot know: against the time that passed and the scheduler's own "
	    "(/proc/schedstat)")
VIEW(sysstat, "what mpstat and sar printed in the guest, beside this recording's own figures")
VIEW(events, "the timeline, the host, and what the kernel's log said (kmsg, console)")
