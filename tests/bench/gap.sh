#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# gap: the largest gap between two samples at 100 ms through an OOM storm, and how long before the panic the last sample
# was, over $REPEATS (20) runs of oom-no-killable on the real clock (TCG): all of them must keep within the goals.
#
# Needs: jq, QEMU. About three minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

need jq jq
need qemu-system-x86_64 qemu-system-x86
repeats=${REPEATS:-20}

machine
for ((i = 0; i < repeats; i++)); do
	FUKA_KVM=0 FUKA_HOME=$home "$fuka" run --json --out "$work/out" --clock real oom-no-killable >"$work/log" 2>&1 || true
	recording=$(jq -r '.runs[0].recording' "$work/log" 2>/dev/null) || cannot "no run: $(tail -n 3 "$work/log")"
	"$fuka" report --json "$recording" | jq 'select(.panic.panicked) | .samples.largest_gap * 1000' >>"$work/largest"
	"$fuka" report --json "$recording" |
		jq 'select(.panic.panicked) | (.panic.at - .samples.last) * 1e6 | round / 1e3' >>"$work/last"
	rm -r "$(dirname "$recording")"
done
figure gap.runs "$(wc -l <"$work/largest")" "of-$repeats" ge "$repeats"
figure gap.largest.median "$(median <"$work/largest")" ms -
figure gap.largest.max "$(greatest <"$work/largest")" ms le 200
figure gap.last.median "$(median <"$work/last")" ms -
figure gap.last.max "$(greatest <"$work/last")" ms le 110
