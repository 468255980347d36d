#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# loadavg: how far load1 is from its target once it was reached, and in how many updates of the averages it got there
# against the fewest that the kernel's formula permits with that many tasks. scenarios/loadavg-hold.yaml, virtual clock.
#
# Needs: jq, QEMU. Fifteen seconds.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need jq jq
need qemu-system-x86_64 qemu-system-x86
machine
"$fuka" run --json --out "$work/out" loadavg-hold >"$work/run.json" || true
recording=$(jq -r '.runs[0].recording // empty' "$work/run.json")
[[ $recording ]] || cannot "loadavg-hold does not run"
"$fuka" report --json "$recording" >"$work/report.json"
while read -r id; do
	line() { jq -r --arg id "$id" --arg event "$1" '[.events[] | select(.event == $event and .id == $id) | .line] | last' "$work/report.json"; }
	figure "loadavg.$id.off" "$(line achieved | awk '{ match($0, /asked=[0-9.]+/); a = substr($0, RSTART + 6, RLENGTH - 6)
		match($0, /achieved=[0-9.]+/); g = substr($0, RSTART + 9, RLENGTH - 9); d = g - a; printf "%.3f", d < 0 ? -d : d }')" load1 le 0.1
	updates=$(line reached | sed -n 's/.*updates=\([0-9]*\).*/\1/p')
	fewest=$(line reached | sed -n 's/.*fewest=\([0-9]*\).*/\1/p')
	figure "loadavg.$id.updates" "${updates:-999}" updates le "${fewest:-0}"
done < <(jq -r '.events[] | select(.event == "start") | .id' "$work/report.json")
