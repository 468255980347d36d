/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The families of metrics, in the order of the exports. METRICS(name, help): collect/metrics/NAME.c has the family's
 * names and turns a sample's bytes into values; `help` has a line for its names. No include guard: included once per
 * expansion.
 */
METRICS(sysinfo, "load1 load5 load15                    the kernel's averages, exact (sysinfo)\n")
METRICS(stat,
	"cpu.user .nice .system .idle .iowait .irq .softirq .steal .guest .guest_nice\n"
	"                                      percent of all CPU time (/proc/stat, line cpu); cpu0.user … for one "
	"CPU\n"
	"procs.running procs.blocked           tasks (/proc/stat)\n"
	"stat.ctxt .intr .processes            context switches, interrupts, forks, cumulative (/proc/stat)\n"
	"stat.btime                            when it booted, seconds since 1970 (/proc/stat)\n"
	"jiffies.user … .total jiffies.user.cpu0 …\n"
	"                                      1/100 s, cumulative, as they stand (/proc/stat, lines cpu)\n"
	"gap                                   ns between one fast sample and the one before it\n")
METRICS(loadavg, "procs.total                           tasks that exist (/proc/loadavg)\n")
METRICS(meminfo, "mem.total mem.free mem.available …    bytes (/proc/meminfo: MemFree is mem.free, SwapTotal "
		 "mem.swap_total)\n")
METRICS(pressure, "pressure.cpu|memory|io.some|full.avg10|avg60|avg300|total\n"
		  "                                      percent, total in microseconds, cumulative (/proc/pressure)\n")
METRICS(vmstat, "vmstat.NAME                           a line of /proc/vmstat, cumulative\n")
METRICS(softirqs, "softirq.NAME softirq.NAME.cpu0 …      cumulative (/proc/softirqs: softirq.net_rx)\n")
METRICS(diskstats,
	"disk.DEVICE.reads|read_merges|read_sectors|read_ms|writes|write_merges|write_sectors|write_ms|in_flight|busy_"
	"ms|queue_ms|discards|discard_merges|discard_sectors|discard_ms\n"
	"                                      cumulative, in_flight as it is (/proc/diskstats)\n")
METRICS(schedstat, "sched.run .wait .slices sched.run.cpu0 …\n"
		   "                                      ns that tasks ran and waited, timeslices, cumulative "
		   "(/proc/schedstat, when recorded)\n")
METRICS(swaps, "swap.FILE.size|used                   bytes, of each swap area (/proc/swaps, when recorded: "
	       "swap./dev/vda.used)\n")
METRICS(cgroup,
	"cgroup.GROUP.cpu.usage_usec|user_usec|system_usec|nr_periods|nr_throttled|throttled_usec\n"
	"cgroup.GROUP.memory.low|high|max|oom|oom_kill|oom_group_kill\n"
	"cgroup.GROUP.pressure.cpu|memory|io.some|full\n"
	"                                      a generator's control group, cumulative; pressure in microseconds\n")
METRICS(interrupts, "interrupt.NAME.cpu0 …                 cumulative (/proc/interrupts, when recorded)\n")
