/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `fuka report --view` can show. VIEW(name, what): collect/views/NAME.c has view_NAME(); `what` names the source
 * of its figures. No include guard: included once per expansion.
 */
VIEW(overview, "load averages (sysinfo) beside CPU time by mode (/proc/stat)")
VIEW(cpu, "percent of all CPU time, columns and accounting of sar -u ALL (/proc/stat, line cpu)")
VIEW(load, "run queue, averages, blocked tasks as sar -q; tasks declared; the load model's findings")
VIEW(memory, "KiB, columns of sar -r (/proc/meminfo); OOM kills since boot (/proc/vmstat)")
VIEW(events, "the timeline, the host, and what the kernel's log said (kmsg, console)")
