#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# report: an hour of a guest at 10 Hz, tasks once a second: how large its recording is, and how long `fuka report` takes to
# say what happened ($REPEATS times, 5). RECORDING=FILE measures one that there is already.
#
# Needs: QEMU. About four minutes: the hour is a virtual one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

repeats=${REPEATS:-5}
recording=${RECORDING:-}

if [[ -z $recording ]]; then
	need qemu-system-x86_64 qemu-system-x86
	cat >"$work/hour.yaml" <<-'END'
		about: An hour at 10 Hz, four tasks in D state for half of it.
		machine: {memory: 128M}
		record: {interval: 100ms}
		timeline:
		  - {at: 10m, for: 30m, id: sleepers, load: dstate, tasks: 4}
		end: 3600s
	END
	FUKA_HOME=$home "$fuka" run --out "$work/out" "$work/hour.yaml" >"$work/log" 2>&1 ||
		cannot "the hour was not recorded: $(tail -n 3 "$work/log")"
	recording=$(echo "$work"/out/*/hour.fuka)
fi

machine
for ((i = 0; i < repeats; i++)); do
	timed "$work/wall" "$fuka" report "$recording" || cannot "fuka report: $(tail -n 3 "$work/log")"
	timed "$work/html" "$fuka" report "$recording" --html "$work/page.html" || cannot "--html: $(tail -n 3 "$work/log")"
done
figure report.size "$(awk -v b="$(stat -c %s "$recording")" 'BEGIN { printf "%.2f", b / 1048576 }')" MiB le 15
figure report.wall.median "$(median <"$work/wall")" s le 1
figure report.wall.max "$(greatest <"$work/wall")" s -
figure report.html.median "$(median <"$work/html")" s -
