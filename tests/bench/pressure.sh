#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pressure: how long it takes to settle and how far off it then is, for each figure that scenarios/pressure-hold.yaml
# drives PSI to. On the virtual clock: the same on every machine.
#
# Needs: jq, QEMU. Half a minute.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need jq jq
need qemu-system-x86_64 qemu-system-x86
machine
"$fuka" run --json --out "$work/out" pressure-hold >"$work/run.json" || true
recording=$(jq -r '.runs[0].recording // empty' "$work/run.json")
[[ $recording ]] || cannot "pressure-hold does not run"
"$fuka" report --json "$recording" >"$work/report.json"
while read -r id; do
	line() { jq -r --arg id "$id" '[.events[] | select(.event == "achieved" and .id == $id) | .line] | '"$1" "$work/report.json"; }
	field() { sed -n "s/.*$1=\([0-9.]*\).*/\1/p"; }
	figure "pressure.$id.settle" "$(line first | field settle_ns | awk '{ printf "%.1f", $1 / 1e9 }')" s le 30
	figure "pressure.$id.off" "$(line last | awk '{ match($0, /asked=[0-9.]+/); a = substr($0, RSTART + 6, RLENGTH - 6)
		match($0, /achieved=[0-9.]+/); g = substr($0, RSTART + 9, RLENGTH - 9); d = g - a; printf "%.2f", d < 0 ? -d : d }')" pp le 5
done < <(jq -r '.events[] | select(.event == "start" and (.line | test("kind=load"))) | .id' "$work/report.json")
