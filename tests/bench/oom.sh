#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# oom: oom-no-killable $REPEATS (20) times on each clock: how many pass, how long the whole `fuka run` takes, and the gap
# between the last sample and the panic, which tells how close to the end the recording reaches. Real clock: TCG.
#
# Needs: jq, QEMU. About four minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need jq jq
need qemu-system-x86_64 qemu-system-x86
repeats=${REPEATS:-20}

# one CLOCK: runs it once; a line each to wall.CLOCK, verdict.CLOCK and, when there was a panic, gap.CLOCK (ms).
one() {
	local recording
	FUKA_KVM=0 timed "$work/wall.$1" "$fuka" run --json --out "$work/out" --clock "$1" oom-no-killable || true
	jq -r '.runs[0].verdict' "$work/log" >>"$work/verdict.$1" 2>/dev/null ||
		cannot "oom-no-killable on the $1 clock: $(tail -n 3 "$work/log")"
	recording=$(jq -r '.runs[0].recording' "$work/log")
	"$fuka" report --json "$recording" |
		jq 'select(.panic.panicked) | (.panic.at - .samples.last) * 1e6 | round / 1e3' >>"$work/gap.$1"
	rm -r "$(dirname "$recording")"
}

report() {
	local clock=$1 passes
	passes=$(grep -c '^pass$' "$work/verdict.$clock" || true)
	figure "oom.$clock.passes" "$passes" "of-$repeats" ge "$repeats"
	figure "oom.$clock.wall.median" "$(median <"$work/wall.$clock")" s -
	figure "oom.$clock.wall.max" "$(greatest <"$work/wall.$clock")" s le 10
	[[ -s $work/gap.$clock ]] || cannot "no run on the $clock clock panicked"
	figure "oom.$clock.gap.min" "$(least <"$work/gap.$clock")" ms -
	figure "oom.$clock.gap.median" "$(median <"$work/gap.$clock")" ms -
	figure "oom.$clock.gap.max" "$(greatest <"$work/gap.$clock")" ms le 200
}

machine
for clock in virtual real; do
	for ((i = 0; i < repeats; i++)); do
		one "$clock"
	done
	report "$clock"
done
