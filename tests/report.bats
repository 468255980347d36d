#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# fuka report: what it says of two recordings, made here on the virtual clock: the figures that follow from the scenario.

load lib.bash

setup_file() {
	export REC=$BATS_FILE_TMPDIR FUKA_HOME=${FUKA_HOME:-$root/build}
	"$FUKA" run --out "$REC/oom" oom-no-killable >"$REC/log" 2>&1 3>&- || { cat "$REC/log"; return 1; }
	"$FUKA" run --out "$REC/calm" "$root/tests/fixtures/d-state.yaml" >"$REC/log" 2>&1 3>&- || { cat "$REC/log"; return 1; }
	OOM=$(recording_in "$REC/oom") CALM=$(recording_in "$REC/calm")
	export OOM CALM
}

# view NAME RECORDING [OPTION…]: only what the view printed.
view() {
	run_fuka report "$2" --view "$1" "${@:3}"
	exits 0
	output=$(sed -n "/^$1: /,\$p" <<<"$output")
}

# cell ROW COLUMN: of the view's table, by the time in its first column and the title above it.
cell() {
	awk -v row="$1" -v title="$2" '$1 == "time" { for (i = 1; i <= NF; i++) if ($i == title) at = i }
		$1 == row && at { print $at; exit }' <<<"$output"
}

# greatest COLUMN: the largest figure in it.
greatest() {
	awk -v title="$1" '$1 == "time" { for (i = 1; i <= NF; i++) if ($i == title) at = i; next }
		at && $at ~ /^[0-9.]+$/ && (most == "" || $at > most) { most = $at } END { print most }' <<<"$output"
}

between() {
	awk -v v="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(v != "" && v != "-" && v + 0 >= a && v + 0 <= b) }' ||
		{ echo "$1 is not from $2 to $3"; echo "$output"; return 1; }
}

@test "report: what happened in about ten lines" {
	run_fuka report "$OOM"
	exits 0
	says "oom-no-killable: Memory fills" "1 kill:" "System is deadlocked on memory" "QEMU and the console agree" "largest residual 0"
	[ "$(wc -l <<<"$output")" -le 16 ]
}

@test "--json says of a kill who was killed, how large it was, who asked for memory and what was its bound" {
	"$FUKA" report --json "$OOM" | jq -e '[.log[] | select(.class == "oom-kill")][0] |
		.comm == "memory" and .pid > 1 and .invoker == "memory" and .constraint == "CONSTRAINT_NONE" and
		.total_vm_bytes > .rss_bytes and .rss_bytes > .anon_bytes and .anon_bytes > 16000000'
	"$FUKA" report --json "$OOM" | jq -e '[.log[] | select(.class == "oom-invoked")][0] |
		.comm == "memory" and .order == 0 and (.gfp | startswith("GFP_HIGHUSER_MOVABLE"))'
}

@test "report: two recordings stand side by side" {
	run_fuka report "$OOM" "$CALM"
	exits 0
	says "oom-no-killable" "d-state" "load1 load5"
}

@test "report --view cpu: D-state leaves the CPU idle" {
	view cpu "$CALM"
	between "$(cell 60s %idle)$(cell 1:00 %idle)" 90 100
	view cpu "$CALM" --cpus
	says "CPU 0"
}

@test "report --view load: the averages, the declared tasks, why, and what follows" {
	view load "$CALM" --tasks 0 --threshold 4
	between "$(cell 2:00 declared)$(cell 120s declared)" 8 8
	between "$(cell 2:00 ldavg-1)$(cell 120s ldavg-1)" 6.5 7.2
	says "0 exceptions" "why " "with 0 tasks from here on: in 1m " "to reach 4.00: load1 after "
	view load "$CALM" --tasks 8 --threshold 9
	says "to reach 9.00: load1 never, load5 never, load15 never"
}

@test "report --view load: a prediction is the kernel's own arithmetic" {
	# eight D tasks from an idle machine: 8 (1 - e^(-t/60)) within the fixed point's rounding; here from the recording's end
	view load "$CALM" --tasks 8
	[[ $output =~ in\ 1h\ 8\.00\ 8\.00\ ([78]\.[0-9]+) ]]
}

@test "report --view memory: an OOM run takes all there is" {
	view memory "$OOM"
	between "$(greatest %memused)" 60 100
	between "$(greatest oomkill)" 1 1
}

@test "report --view pressure: tasks wait for memory in the storm, nobody does on a calm machine" {
	view pressure "$OOM"
	between "$(greatest %smem)" 10 101
	view pressure "$CALM"
	between "$(cell 60s %smem)$(cell 1:00 %smem)" 0 0.1
	between "$(cell 60s %sio)$(cell 1:00 %sio)" 0 0.1
}

@test "report --view paging: faults while memory is touched" {
	view paging "$OOM"
	between "$(greatest fault/s)" 1000 1000000
	between "$(greatest si)" 0 0
	says "pgscank/s  pgscand/s  pgsteal/s   %vmeff"
}

@test "report --view softirq: a ticking machine has timers" {
	view softirq "$CALM"
	between "$(cell 60s TIMER/s)$(cell 1:00 TIMER/s)" 1 2000
}

@test "report --view disk: a machine without a disk has nothing to show" {
	run_fuka report "$CALM" --view disk
	exits 0
	says "the recording has no data for this"
}

@test "report: columns of figures that are too wide keep a gap, in sar's order" {
	view pressure "$CALM"
	says " %scpu-10 %scpu-60 %scpu-300   %scpu  %sio-10  %sio-60  %sio-300    %sio  %fio-10  %fio-60  %fio-300    %fio"
	says " %fmem-10 %fmem-60 %fmem-300   %fmem"
	[ "$(awk '$1 == "time" { n = NF } n && $1 ~ /^[0-9]/ && NF != n' <<<"$output")" = "" ]
}

@test "report --view tasks: eight in D, and where" {
	view tasks "$CALM"
	says "8 D dstate in kernel_clone" "1 R init"
	[ "$(cell 60.5s unseen)" = 0 ]
	# the sampler, which is R in every walk because it walks, is not what made the machine busy
	says "busiest: "
	says_nothing_of "busiest: init["
}

@test "report --view truth: an idle machine's columns add up" {
	view truth "$CALM"
	between "$(cell 60s %accounted)$(cell 1:00 %accounted)" 98 102
	[ "$(cell 60s %ran)$(cell 1:00 %ran)" = - ]
	says "this recording lacks sched.run" "[+schedstat]"
	says_nothing_of "never saw"
}

@test "report --view truth: what the tick never saw, the scheduler did" {
	run_fuka run --out "$BATS_TEST_TMPDIR/hidden" "$root/scenarios/hidden-cpu.yaml"
	exits 0
	view truth "$(recording_in "$BATS_TEST_TMPDIR/hidden")"
	# 13s: sysstat, which runs there too, is over; a sample each 10 ms takes some two percent
	between "$(cell 13s %tick)" 0 10
	between "$(cell 13s %ran)" 59.5 64
	says "of the time is in no column; tasks ran" "that the tick never saw"
	says_nothing_of "this recording lacks sched.run"
}

@test "report --view events: the timeline, the host and the kernel in one order" {
	view events "$OOM"
	says "start id=eater" "Out of memory: Killed process" "Kernel panic" "ended how=panic"
}

@test "report: what it does not know is refused by name" {
	run_fuka report "$CALM" --view cpus
	exits 2
	says "there is no view 'cpus'; there are: overview cpu load"
	run_fuka report "$CALM" --tasks lots
	exits 2
	says "--tasks: 'lots' is not a valid value; expected a whole number, from 0 to 4194303"
	run_fuka report /dev/null
	exits 2
}

@test "report: a recording cut short is read as far as it is whole" {
	head -c "$(($(stat -c %s "$OOM") * 2 / 3))" "$OOM" >"$BATS_TEST_TMPDIR/cut.fuka"
	run_fuka report "$BATS_TEST_TMPDIR/cut.fuka"
	exits 0
	says "damaged:" "cut short"
}
