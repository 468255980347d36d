#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dstate: ten thousand tasks in D in a guest of 512 MiB, scenarios/dstate-many.yaml on both clocks under TCG: how long
# until they are held and until they are released (the guest's clock: on the real one that is wall time), the memory of
# each (MemAvailable before and while they are held, by their number), the CPU time while they are held, and whether the
# load average follows the formula with the declared n at every update.
#
# What the CPU does while they are held is mostly the recorder, whose task walk has 10,000 to look at: its own CPU time,
# by /proc/1/stat, stands beside the idle time, and the rest is the tasks'.
#
# Needs: jq, QEMU. Two minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

tasks=10000
scenario=$work/dstate-many.yaml
from=32 to=50 # held: between these seconds

sed -e "s/tasks: 60s/tasks: 10s/" -e '/^timeline:/a\
  - {at: '"$from"'s, id: before, run: [cat, /proc/1/stat]}\
  - {at: '"$to"'s, id: after, run: [cat, /proc/1/stat]}' -e '/^expect:/a\
  - {output: "1 (", id: before}\
  - {output: "1 (", id: after}' "$root/scenarios/dstate-many.yaml" >"$scenario"

# event ID-OR-NAME FILTER: seconds of the first event of the load that it holds for
event() {
	jq -r "[.events[] | select(.id == \"many\" and ($1))][0].at // empty" "$work/report.json"
}

# CPU time of PID 1 in seconds: utime and stime, in 1/100 s, of what the first (0) or second (1) expectation saw.
recorder_s() {
	jq -r ".runs[0].expectations[$1].seen" "$work/run.json" | sed 's/.*) //' | awk '{ print ($12 + $13) / 100 }'
}

# mean METRIC FROM TO, of the samples between
mean() {
	"$fuka" export --json "$recording" | jq -s --arg m "$1" --argjson a "$2" --argjson b "$3" \
		'[.[] | select(.[$m] != null and .time >= $a and .time <= $b) | .[$m]] | add / length'
}

# at METRIC TIME: the last sample before it
at() {
	"$fuka" export --json "$recording" | jq -s --arg m "$1" --argjson t "$2" '[.[] | select(.[$m] != null and .time <= $t)] | last[$m]'
}

minus() {
	awk -v a="$1" -v b="$2" -v by="${3:-1}" 'BEGIN { printf "%.3f\n", (a - b) / by }'
}

measure() {
	local clock=$1 start held stop gone idle recorder
	FUKA_KVM=0 run_scenario "$scenario" --clock "$clock"
	start=$(event '.event == "start"') held=$(event '.event == "achieved" and (.line | contains("ok=yes"))')
	stop=$(event '.event == "stop"') gone=$(event '.event == "exit"')
	[[ $held && $gone ]] || cannot "the tasks were not held, or not released, on the $clock clock: $recording"
	idle=$(mean cpu.idle "$from" "$to")
	recorder=$(minus "$(recorder_s 1)" "$(recorder_s 0)" "$(minus "$to" "$from" 100)")
	figure "dstate.$clock.held" "$(minus "$held" "$start")" s le 30
	figure "dstate.$clock.each" "$(minus "$(at mem.available "$start")" "$(at mem.available "$stop")" $((tasks * 1024)))" KiB le 40
	figure "dstate.$clock.idle" "$(minus "$idle" 0)" % -
	figure "dstate.$clock.recorder" "$recorder" % -
	figure "dstate.$clock.cpu" "$(awk -v i="$idle" -v r="$recorder" 'BEGIN { c = 100 - i - r; printf "%.3f\n", (c > 0 ? c : 0) }')" % le 1
	figure "dstate.$clock.residual" "$(jq .load_model.residual "$work/report.json")" 1/2048 le 0
	figure "dstate.$clock.exceptions" "$(jq .load_model.exceptions "$work/report.json")" of-"$(jq .load_model.updates "$work/report.json")" le 0
	figure "dstate.$clock.released" "$(minus "$gone" "$stop")" s -
}

machine
measure virtual
measure real
