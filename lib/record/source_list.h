/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sources of a recording, one row per source. A source's number is its place here and may change between versions,
 * so a recording has its own table of numbers and names.
 *
 * SOURCE(name, lane, what)
 *	lane FAST	a fixed file or call, read by the fast sampler at every tick: collect/sample/sources/NAME.c
 *	lane TASKS	a walk, read by the task sampler at its own slower rate: collect/sample/sources/NAME.c
 *	lane KMSG	the kernel log
 *	lane TIMELINE	written by PID 1 and by programs: what the timeline did and printed
 *	lane KMOD	written by the kernel module
 *	lane HOST	only the host's word: frames of these sources that come from a guest's lane are refused
 *
 * A frame counts only in its source's lane (source_may_come_from()). vmstat stands last among FAST: the kernel allocates
 * to answer it, so under memory pressure it comes after the rest. No include guard: included once per expansion.
 */
SOURCE(meta, HOST, "format, machine, kernel and clock of the recording; and its table of sources")
SOURCE(scenario, HOST, "the scenario's text, as it was run")
SOURCE(stat, FAST, "/proc/stat: CPU time by mode, context switches, processes running and blocked")
SOURCE(sysinfo, FAST, "sysinfo(2): struct sysinfo, whose loads[] >> 5 is the kernel's exact avenrun")
SOURCE(loadavg, FAST, "/proc/loadavg: the averages as printed, runnable/total tasks, last pid")
SOURCE(meminfo, FAST, "/proc/meminfo")
SOURCE(pressure_cpu, FAST, "/proc/pressure/cpu")
SOURCE(pressure_memory, FAST, "/proc/pressure/memory")
SOURCE(pressure_io, FAST, "/proc/pressure/io")
SOURCE(diskstats, FAST, "/proc/diskstats")
SOURCE(softirqs, FAST, "/proc/softirqs")
SOURCE(interrupts, FAST, "/proc/interrupts, by line and CPU; only when asked for")
SOURCE(schedstat, FAST, "/proc/schedstat, where the kernel has it; only when asked for")
SOURCE(swaps, FAST, "/proc/swaps; only when asked for")
SOURCE(vmstat, FAST, "/proc/vmstat")
SOURCE(tasks, TASKS, "tasks that are R or D, and those with the most resident memory")
SOURCE(cgroup, TASKS, "memory.events, cpu.stat and pressure of the generators' control groups")
SOURCE(kmsg, KMSG, "/dev/kmsg: the kernel's log, record by record")
SOURCE(timeline, TIMELINE, "events: what the timeline did, what generators declared and achieved")
SOURCE(output, TIMELINE, "what programs of the scenario printed")
SOURCE(readings, TIMELINE, "when mpstat and sar read /proc/stat and /proc/loadavg: the kernel's trace of it")
SOURCE(kmod, KMOD,
       "the kernel module's record of each fault and the context it found itself in, written before it acts")
SOURCE(console, HOST, "all bytes of the serial console, as in the host's file")
SOURCE(host, HOST, "the host's events: QMP, requested actions, how the machine ended")
