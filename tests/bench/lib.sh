# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What every benchmark shares; source it first. A benchmark tests/bench/NAME.sh measures what it compares in one run and
# prints, for each figure, `bench NAME VALUE UNIT goal GOAL ok|short`. It exits 0 also when a goal is missed, and
# otherwise than 0, with a word about why, when it could not measure.
#
# Gives: $fuka, $root, $work (a directory that vanishes at the end), and the functions below.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
fuka=$(realpath -m "${FUKA:-$root/build/fuka}")
# shellcheck disable=SC2034 # for those who source this
home=${FUKA_HOME:-$(dirname "$fuka")}
name=$(basename "$0" .sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
export LC_ALL=C

cannot() {
	echo "bench-$name: cannot measure: $*" >&2
	exit 1
}

# need PROGRAM PACKAGE
need() {
	command -v "$1" >/dev/null || cannot "$1 is missing: it is in Debian's package $2 (lab/tools/setup installs it)"
}

[[ -x $fuka ]] || cannot "$fuka is not there: \`make\` builds it"

# figure NAME VALUE UNIT RELATION GOAL: RELATION is le or ge; "-" for a figure that is told without a goal.
figure() {
	awk -v name="$1" -v value="$2" -v unit="$3" -v relation="$4" -v goal="${5:-}" 'BEGIN {
		if (relation == "-")
			word = "goal - ok"
		else
			word = sprintf("goal %s%s %s", relation == "le" ? "<=" : ">=", goal,
				       (relation == "le" ? value + 0 <= goal + 0 : value + 0 >= goal + 0) ? "ok" : "short")
		printf "bench %s %s %s %s\n", name, value, unit, word
	}'
}

# median, least and greatest of the numbers on standard input, one a line
median() {
	sort -g | awk '{ v[NR] = $1 } END { if (!NR) exit 1; printf "%.4g\n", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

least() {
	sort -g | head -n 1
}

greatest() {
	sort -g | tail -n 1
}

# ratio A B
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'
}

# CPU time in µs that the threads of a process have used: schedstat counts ns.
used_us() {
	cat /proc/"$1"/task/*/schedstat | awk '{ ns += $1 } END { printf "%.0f", ns / 1000 }'
}

# sampler_used_us SECONDS OPTION…: µs of CPU that fuka collect's sampler uses in that time; the recording is $work/x.fuka.
sampler_used_us() {
	local recorder sampler before after seconds=$1
	rm -f "$work/x.fuka"
	"$fuka" collect "${@:2}" -o "$work/x.fuka" 2>"$work/log" &
	recorder=$!
	sleep 1
	sampler=$(pgrep -P "$recorder" -f fuka) || cannot "the sampler is not running: $(cat "$work/log")"
	before=$(used_us "$sampler")
	sleep "$seconds"
	after=$(used_us "$sampler")
	kill -INT "$recorder"
	wait "$recorder" || true
	echo $((after - before))
}

# timed FILE COMMAND…: runs it with its output in $work/log, adds the seconds it took to FILE as a line. Keeps its status.
timed() {
	local file=$1 status=0 begin=$EPOCHREALTIME
	shift
	"$@" >"$work/log" 2>&1 || status=$?
	awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f\n", b - a }' >>"$file"
	return "$status"
}

# run_scenario SCENARIO OPTION…: whatever becomes of it, there must be a recording: $recording, and $work/run.json and
# $work/report.json about it.
run_scenario() {
	need jq jq
	need qemu-system-x86_64 qemu-system-x86
	"$fuka" run --json --out "$work/out" "${@:2}" "$1" >"$work/run.json" 2>"$work/log" || true
	recording=$(jq -r '.runs[0].recording // empty' "$work/run.json")
	[[ $recording ]] || cannot "$1 does not run: $(tail -n 3 "$work/log")"
	"$fuka" report --json "$recording" >"$work/report.json"
}

# The ids of the loads that scenario started, and the first or last event of a kind of one of them: event_of ID KIND first|last
started() {
	jq -r '.events[] | select(.event == "start" and (.line | test("kind=load"))) | .id' "$work/report.json"
}

event_of() {
	jq -r --arg id "$1" --arg kind "$2" '[.events[] | select(.event == $kind and .id == $id) | .line] | '"$3 // empty" \
		"$work/report.json"
}

# field NAME: its value in an event on standard input
field() {
	sed -n "s/.*\b$1=\([^ ]*\).*/\1/p"
}

# off ID: how far what was achieved in the end is from what was asked for
off() {
	local line
	line=$(event_of "$1" achieved last)
	awk -v a="$(field asked <<<"$line")" -v g="$(field achieved <<<"$line")" \
		'BEGIN { if (g == "") exit; d = g - a; printf "%.3f\n", d < 0 ? -d : d }'
}

# What stands beside the figures: which machine they are of.
machine() {
	echo "# $name: $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)," \
		"load $(cut -d ' ' -f 1 /proc/loadavg), $(qemu-system-x86_64 --version | sed -n '1s/.*version //p')"
}
