#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Every column of every view with figures, on tests/fixtures/sources.fuka: a guest that swaps, whose disk reads, writes and
# discards. The figures were calculated from the raw text of its sources (man sar says how), not by fuka.

load lib.bash

FIXTURE=${root:?}/tests/fixtures/sources.fuka

# row_is VIEW TABLE TIME TEXT: the row of that time under the titles that begin with TABLE is TEXT, "title=figure …".
row_is() {
	local got
	run_fuka report "$FIXTURE" --view "$1" --all
	exits 0
	got=$(awk -v table="$2" -v time="$3" '
		$1 == table { for (n = 2; n <= NF; n++) title[n] = $n; within = 1; next }
		within && $1 !~ /^[0-9.]+s$/ { within = 0 }
		within && $1 == time { for (i = 2; i < n; i++) printf "%s%s=%s", (i > 2 ? " " : ""), title[i], $i }' <<<"$output")
	[ "$got" = "$4" ] || { printf 'of %s at %s, expected\n%s\nfound\n%s\n' "$2" "$3" "$4" "$got"; return 1; }
}

@test "cpu: a tick's shares add up; 4 of 62 jiffies are user time" {
	row_is cpu time 5.0s "%usr=6.45 %nice=0.00 %sys=93.55 %iowait=0.00 %steal=0.00 %irq=0.00 %soft=0.00 %guest=0.00 %gnice=0.00 %idle=0.00"
	row_is cpu time 4.0s "%usr=3.85 %nice=0.00 %sys=94.23 %iowait=0.00 %steal=0.00 %irq=0.00 %soft=1.92 %guest=0.00 %gnice=0.00 %idle=0.00"
}

@test "load: the run queue, the tasks, the averages; three declared in D" {
	row_is load time 5.0s "runq-sz=3 plist-sz=60 ldavg-1=0.55 ldavg-5=0.12 ldavg-15=0.04 blocked=0 declared=3"
}

# The kernel's formula, calc_load(), by hand: 11, 59, 179 and 719 updates of 5.004 s with eight tasks from 0.67 0.15 0.05 on.
@test "load: what follows is the kernel's own arithmetic" {
	run_fuka report "$FIXTURE" --view load --tasks 8 --all
	exits 0
	says "in 1m 5.08 1.47 0.51, in 5m 7.95 5.08 2.22, in 15m 8.00 7.62 5.00, in 1h 8.00 8.00 7.88"
}

@test "overview: what load and cpu have" {
	run_fuka report "$FIXTURE" --view overview --all
	exits 0
	says "5.0s │   0.55  0.12  0.04 │   6.5  93.5   0.0   0.0 █▓▓▓▓▓▓▓▓▓ │           144"
}

@test "memory: sar -r's arithmetic" {
	row_is memory time 5.0s "kbmemfree=143804 kbavail=147848 kbmemused=43128 %memused=20.45 kbbuffers=1048 kbcached=7416 kbcommit=41380 %commit=16.98 kbactive=12896 kbinact=16436 kbdirty=0 oomkill=0"
}

@test "pressure: the kernel's averages, and shares of the second that passed" {
	row_is pressure time 5.0s "%scpu-10=33.71 %scpu-60=7.86 %scpu-300=1.72 %scpu=47.98 %sio-10=10.75 %sio-60=1.95 %sio-300=0.40 %sio=76.40 %fio-10=0.00 %fio-60=0.00 %fio-300=0.00 %fio=0.00 %smem-10=21.62 %smem-60=4.16 %smem-300=0.87 %smem=56.59 %fmem-10=9.90 %fmem-60=1.95 %fmem-300=0.41 %fmem=34.20"
}

@test "paging: pages in and out, faults, and what went to swap" {
	row_is paging time 5.0s "pgpgin/s=3372.20 pgpgout/s=15005.28 fault/s=3689.46 majflt/s=0.00 pgfree/s=3877.03 pgscank/s=0.00 pgscand/s=0.00 pgsteal/s=0.00 %vmeff=- si=0.0 so=14015.6"
	row_is paging time 6.0s "pgpgin/s=0.00 pgpgout/s=0.00 fault/s=556.56 majflt/s=5.01 pgfree/s=937.94 pgscank/s=0.00 pgscand/s=0.00 pgsteal/s=0.00 %vmeff=- si=20.0 so=2374.4"
}

@test "disk: 32 MiB were discarded in this second; discards count among the requests" {
	row_is disk vda 5.0s "tps=387.10 rkB/s=3372.13 wkB/s=15004.98 dkB/s=32691.71 areq-sz=131.93 aqu-sz=0.91 await=2.35 %util=88.59 in-flight=0"
	row_is disk vda 4.0s "tps=453.77 rkB/s=10297.67 wkB/s=8446.04 dkB/s=0.00 areq-sz=41.31 aqu-sz=1.16 await=2.55 %util=73.09 in-flight=0"
	row_is disk zram0 5.0s "tps=3503.82 rkB/s=0.00 wkB/s=14015.29 dkB/s=0.00 areq-sz=4.00 aqu-sz=0.22 await=0.06 %util=22.35 in-flight=0"
}

@test "softirq: by kind" {
	row_is softirq time 5.0s "%soft=0.00 HI/s=0.0 TIMER/s=40.9 NET_TX/s=0.0 NET_RX/s=0.0 BLOCK/s=0.0 IRQ_POLL/s=0.0 TASKLET/s=0.0 SCHED/s=0.0 HRTIMER/s=0.0 RCU/s=40.9"
}

@test "cgroup: the group between its two walks" {
	row_is cgroup fuka.memory.81 6.0s "%cpu=48.14 %user=0.48 %system=47.66 %throttl=- max=0 oom=0 oom_kill=0 %scpu=39.68 %sio=0.00 %fio=0.00 %smem=57.91 %fmem=56.05"
}

@test "truth: the scheduler ran tasks all the time, the tick counted 62 of 100 jiffies" {
	row_is truth time 5.0s "%accounted=61.86 %tick=61.86 %ran=99.99 %idle=0.00 %soft=0.00"
	says "tasks ran 38 % that the tick never saw"
}

@test "tasks: three in D who wait for a vfork, and the largest" {
	run_fuka report "$FIXTURE" --view tasks --all
	exits 0
	says "5.5s       4       3      47       0       25196 memory           3 D dstate in kernel_clone, 2 R memory of /fuka.memory.81, 1 R init, 1 R rcu_preempt"
	says "busiest: rcu_preempt[15]:" "[<0>] rcu_gp_kthread+0x10f/0x190"
}

@test "events: in the order of time" {
	run_fuka report "$FIXTURE" --view events
	exits 0
	says '3.016s  timeline start id=discard kind=run name=blkdiscard' '4.345s  timeline exit id=discard pid=87 status="exit 0"' "ended how=poweroff"
	awk '/id=discard kind=run/ { start = NR } /exit id=read/ { read = NR } /exit id=discard/ { end = NR }
		END { exit !(start && start < read && read < end) }' <<<"$output"
}

# sysstat needs what mpstat and sar printed: sysstat.bats has it.
@test "every view has a test" {
	sed -n 's/^VIEW(\([a-z]*\),.*/\1/p' "$root/collect/show/views/list.h" >"$BATS_TEST_TMPDIR/views"
	[ -s "$BATS_TEST_TMPDIR/views" ]
	while read -r view; do
		awk -v view="$view" '
			/^@test/ { called = 0 }
			$0 ~ "^\trow_is " view " .*[a-z]=[-0-9]" { found = 1 }
			$0 ~ "--view " view "( |$)" { called = 1 }
			called && /^\t(says|grep|awk|jq|\[) / { found = 1 }
			END { exit !found }' "$root/tests/views.bats" "$root/tests/sysstat.bats" ||
			{ echo "the view $view of collect/show/views/list.h has no test with figures"; return 1; }
	done <"$BATS_TEST_TMPDIR/views"
}
