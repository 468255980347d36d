#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# virtual: how much faster than the clock on the wall the virtual clock goes: guest seconds per second of the whole
# `fuka run`, for the two long scenarios, three runs each; and whether the three are identical to the byte.
#
# Needs: jq, QEMU. About three minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need jq jq
need qemu-system-x86_64 qemu-system-x86
repeats=${REPEATS:-3}

# speed SCENARIO GOAL
speed() {
	timed "$work/wall.$1" "$fuka" run --json --out "$work/out" --clock virtual --repeat "$repeats" "$1" || true
	jq -e '.runs | length > 0' "$work/log" >/dev/null 2>&1 || cannot "$1 does not run: $(tail -n 3 "$work/log")"
	figure "virtual.$1.passes" "$(jq '[.runs[] | select(.verdict == "pass")] | length' "$work/log")" \
		"of-$repeats" ge "$repeats"
	figure "virtual.$1.guest" "$(jq '.runs[0].guest_s | . * 10 | round / 10' "$work/log")" s -
	figure "virtual.$1.wall" "$(awk -v n="$repeats" '{ printf "%.2f", $1 / n }' "$work/wall.$1")" s -
	figure "virtual.$1.speed" "$(jq --argjson wall "$(cat "$work/wall.$1")" \
		'[.runs[].guest_s] | add / $wall * 10 | round / 10' "$work/log")" guest-s/s ge "$2"
	figure "virtual.$1.identical" "$(jq '[.identity[] | select(.identical)] | length' "$work/log")" \
		"of-1" ge 1
	jq -r '.identity[] | "# \(.scenario): \(.text)"' "$work/log"
	rm -r "$work/out"
}

machine
speed load-dstate 60
speed load-cpu 15
