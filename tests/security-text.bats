#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Text from outside is data: what a recording, a scenario or a process's name says reaches no terminal as a command, and
# each export is what its own reader takes it for.

load lib.bash

tool=${BUILD:-$root/build}/tests/tools/make-recording

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ -x "$tool" ] || { echo "make tools first: there is no $tool"; return 1; }
}

# fit FILE: nothing in it that a terminal may not be given, and no line that a text of the recording began.
fit() {
	python3 "$root/tests/tools/fit.py" "$1"
}

views() {
	sed -n 's/^VIEW(\([a-z]*\),.*/\1/p' "$root/collect/show/views/list.h"
}

@test "M5: no view, and not the summary, passes a recording's control characters or lines on to the terminal" {
	"$tool" hostile h.fuka
	for view in $(views); do
		"$FUKA" report h.fuka --all --cpus --view "$view"
		"$FUKA" report h.fuka h.fuka --view "$view"
	done >out 2>&1
	fit out
	# it is there, and legible
	grep -q 'evil?]0;TITLE??\[31m?2J' out
}

@test "M5: --json and all exports are fit for a terminal" {
	"$tool" hostile h.fuka
	for how in "report h.fuka --json" "export h.fuka --csv --all" "export h.fuka --json --all" "export h.fuka --sadf" \
		"export h.fuka --openmetrics --all" "export h.fuka --promtool $root/tests/fixtures/rules.yml"; do
		# shellcheck disable=SC2086 # words
		"$FUKA" $how
	done >out 2>&1
	fit out
}

@test "M5: messages, of a scenario's text among them" {
	printf 'about: "x"\nmachine: {memory: "\\e]0;PWNED\\a\\x9b2J\\u202e"}\ntimeline: []\nend: 1s\n' >esc.yaml
	run -2 "$FUKA" run --check esc.yaml
	"$FUKA" run --check esc.yaml >out 2>&1 || true
	grep -q 'PWNED' out
	fit out
	"$FUKA" report $'a\e[31m\nforged: b' >out 2>&1 || true
	fit out
}

@test "M5: fuka list and --check with an about: that has control characters" {
	mkdir -p home/build home/scenarios
	printf 'about: "red \\e[31m \\x9b \\nforged: line"\nmachine: {memory: 64M, clock: virtual}\ntimeline: []\nend: 1s\n' \
		>home/scenarios/esc.yaml
	FUKA_HOME=$PWD/home/build "$FUKA" list >out 2>err
	grep -q '^  esc  *red' out
	fit out
	FUKA_HOME=$PWD/home/build "$FUKA" list --json >json
	jq -e '.scenarios[0].about | contains("red \u001b[31m")' json
	fit json
}

# A process, busy for at most 20 s, whose name is that Perl string; its pid is in $victim.
named() {
	# shellcheck disable=SC2016 # Perl's
	timeout 20 perl -e '$| = 1; $0 = eval shift; print "ready"; 1 while 1' "$1" >ready 3>&- &
	disown
	until_true 10 test -s ready
	victim=$(pgrep -P $!)
}

teardown() {
	[ -z "${victim:-}" ] || kill -9 "$victim" 2>/dev/null || true
}

@test "M14: peek shows a process's name as text, and --json is JSON of it" {
	named '"e\e]0;P\a\nfo\xc2"'
	"$FUKA" peek "$victim" --for 50ms >out 2>&1
	grep -q "^$victim e?\]0;P? fo?" out
	fit out
	run -0 --separate-stderr "$FUKA" peek "$victim" --for 50ms --json
	jq -e '.name == "e\u001b]0;P\u0007\nfo\ufffd" and .busy[0].name == .name' <<<"$output"
}

@test "M14: a walk's line is one task, whatever its name has in it" {
	named '"x\n\@$$ frg"'
	"$FUKA" collect --for 1500ms --sources tasks -o c.fuka 2>err || { cat err; return 1; }
	"$FUKA" report c.fuka --view tasks --all >out
	grep -q "x?@$victim frg" out
	run ! grep -E '^ *frg$' out
}

@test "H9: what is short has its names: /proc/loadavg, one idle disk, a pressure of one line" {
	"$tool" brief s.fuka
	"$FUKA" export s.fuka --csv >csv
	for name in procs.total disk.vda.reads pressure.cpu.some.total cgroup.a.memory.low cgroup.b.memory.low; do
		head -n 1 csv | tr -d '\r' | tr , '\n' | grep -qx "$name" || { echo "no $name"; return 1; }
	done
	"$FUKA" export s.fuka --json | jq -es 'map(select(."procs.total" == 71)) | length == 40'
	"$FUKA" export s.fuka --sadf | jq -e '.sysstat.hosts[0].statistics | all(.[]; .queue["plist-sz"] == 71)'
	"$FUKA" report s.fuka --view disk >out
	grep -q '^ *vda ' out
}
