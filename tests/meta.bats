#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the tester: tests/run must count what is in a TAP stream, and must not believe one that breaks off.
# shellcheck disable=SC2016 # programs that a test writes expand their own dollars
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

# A TAP file with these lines.
tap() {
	printf '%s\n' "${@:2}" >"$BATS_TEST_TMPDIR/$1.tap"
}

# A program that prints and ends as its text says.
program() {
	printf '#!/bin/bash\n%s\n' "$2" >"$BATS_TEST_TMPDIR/$1"
	chmod +x "$BATS_TEST_TMPDIR/$1"
}

# run_files NAME…: by tests/run, from the test's directory.
run_files() {
	FILE_DEADLINE=${deadline:-60} run "$root/tests/run" "${@/#/$BATS_TEST_TMPDIR/}" 3>&-
}

last_line_is() {
	[ "${lines[-1]}" = "$1" ] && return
	echo "expected the last line: $1"
	echo "$output"
	return 1
}

@test "passing tests are counted, and the exit status is 0" {
	tap good 1..3 'ok 1 - one' 'ok 2 - two' '# a remark' 'ok 3'
	run_files good.tap
	exits 0
	last_line_is "3 passed, 0 failed, 0 skipped"
}

@test "a plan at the end is as good as one at the beginning" {
	tap good 'ok 1 - one' 'ok 2 - two' 1..2
	run_files good.tap
	exits 0
	last_line_is "2 passed, 0 failed, 0 skipped"
}

@test "a failing test is counted, shown with all it printed, and the exit status is not 0" {
	tap bad 1..2 'ok 1 - one' 'not ok 2 - two' '# because of this'
	run_files bad.tap
	exits 1
	says "not ok 2 - two" "because of this"
	last_line_is "1 passed, 1 failed, 0 skipped"
}

@test "a skip is counted by itself and what is missing is shown" {
	tap skip 1..2 'ok 1 - one' 'ok 2 - two # skip no KVM on this machine'
	run_files skip.tap
	exits 0
	says "no KVM on this machine"
	last_line_is "1 passed, 0 failed, 1 skipped"
}

@test "a skip that does not name what is missing is a failure" {
	tap skip 1..1 'ok 1 - one # skip'
	run_files skip.tap
	exits 1
	says "does not name what is missing"
	last_line_is "0 passed, 1 failed, 0 skipped"
}

@test "a stream that breaks off before its plan is met is a failure" {
	tap cut 1..3 'ok 1 - one'
	run_files cut.tap
	exits 1
	says "the plan says 3 tests, the stream has 1"
	last_line_is "1 passed, 1 failed, 0 skipped"
}

@test "a stream without a plan, or with nothing in it, is a failure" {
	tap noplan 'ok 1 - one'
	tap nothing
	tap none 1..0
	run_files noplan.tap nothing.tap none.tap
	exits 1
	says "has no plan" "holds no tests"
	last_line_is "1 passed, 3 failed, 0 skipped"
}

@test "a program that crashes after its last ok is a failure" {
	program crash 'echo 1..1; echo "ok 1 - one"; kill -SEGV $$'
	run_files crash
	exits 1
	says "ended with status 139"
	last_line_is "1 passed, 1 failed, 0 skipped"
}

@test "a program that crashes before it says anything is one failure" {
	program crash 'kill -SEGV $$'
	run_files crash
	exits 1
	says "ended with status 139" "broke off after 0 tests"
	last_line_is "0 passed, 1 failed, 0 skipped"
}

@test "a program that fails and names the test is one failure, not two" {
	program bad 'echo 1..2; echo "ok 1 - one"; echo "not ok 2 - two"; exit 1'
	run_files bad
	exits 1
	last_line_is "1 passed, 1 failed, 0 skipped"
}

@test "a file that is not there is a failure" {
	program good 'echo 1..1; echo "ok 1 - one"'
	run_files good missing
	exits 1
	last_line_is "1 passed, 1 failed, 0 skipped"
}

@test "a file that takes too long is ended, and is a failure" {
	program slow 'echo 1..2; echo "ok 1 - one"; sleep 60; echo "ok 2 - two"'
	deadline=1 run_files slow
	exits 1
	says "the time one file may take"
}

@test "a bats file is run, and one that cannot be read is a failure" {
	printf '@test "one" { true; }\n@test "two" { skip "no such thing here"; }\n@test "three" { false; }\n' \
		>"$BATS_TEST_TMPDIR/three.bats"
	printf '@test "one" { true; }\n@test "two {\n' >"$BATS_TEST_TMPDIR/cut.bats"
	run_files three.bats
	exits 1
	last_line_is "1 passed, 1 failed, 1 skipped"
	run_files cut.bats
	exits 1
}

@test "several files are added up, each with its time" {
	tap good 1..2 'ok 1 - one' 'ok 2 - two'
	tap bad 1..1 'not ok 1 - one'
	tap skip 1..1 'ok 1 - one # SKIP no such thing here'
	run_files good.tap bad.tap skip.tap
	exits 1
	[ "$(grep -cE 'passed +[0-9]+ failed +[0-9]+ skipped +[0-9.]+ s$' <<<"$output")" -eq 3 ]
	last_line_is "2 passed, 1 failed, 1 skipped"
}

@test "files run at the same time, and no report is lost" {
	local i names=()

	program one 'touch here.one; for ((i = 0; i < 100; i++)); do [ ! -e here.two ] || break; sleep 0.1; done; ls here.two >/dev/null && echo 1..1 && echo ok'
	program two 'touch here.two; for ((i = 0; i < 100; i++)); do [ ! -e here.one ] || break; sleep 0.1; done; ls here.one >/dev/null && echo 1..1 && echo ok'
	sed -i "2i cd '$BATS_TEST_TMPDIR'" "$BATS_TEST_TMPDIR"/{one,two}
	JOBS=2 run_files one two
	exits 0
	last_line_is "2 passed, 0 failed, 0 skipped"
	for ((i = 0; i < 60; i++)); do
		tap "many$i" 1..1 "ok 1 - $i"
		names+=("many$i.tap")
	done
	JOBS=7 run_files "${names[@]}"
	exits 0
	[ "$(grep -c 'many[0-9]*.tap .* 1 passed' <<<"$output")" -eq 60 ]
	last_line_is "60 passed, 0 failed, 0 skipped"
}

@test "a file that says '# Alone:' runs when the others have ended" {
	program alone '# Alone: it measures this machine.
		[ "$(ls -d running.* 2>/dev/null)" ] || { echo 1..1; echo ok; }'
	program busy 'touch running.1; sleep 1; rm running.1; echo 1..1; echo ok'
	sed -i "2i cd '$BATS_TEST_TMPDIR'" "$BATS_TEST_TMPDIR"/{alone,busy}
	JOBS=2 run_files alone busy
	exits 0
	last_line_is "2 passed, 0 failed, 0 skipped"
}

@test "a worker that is killed is a failure, and what it ran is ended with tests/run" {
	program slow 'echo $$ >pid; exec sleep 60'
	sed -i "2i cd '$BATS_TEST_TMPDIR'" "$BATS_TEST_TMPDIR/slow"
	"$root/tests/run" "$BATS_TEST_TMPDIR/slow" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	until_true 10 test -s "$BATS_TEST_TMPDIR/pid"
	kill -TERM $!
	wait $! || status=$?
	exits 130
	until_true 10 is_gone "$(cat "$BATS_TEST_TMPDIR/pid")"
}

@test "a scenario of scenarios/broken that does not say what must become of it stops the build" {
	mkdir -p "$BATS_TEST_TMPDIR/tests" "$BATS_TEST_TMPDIR/scenarios/broken"
	cp "$root/tests/broken-to-bats" "$BATS_TEST_TMPDIR/tests/"
	echo "about: nothing" >"$BATS_TEST_TMPDIR/scenarios/broken/mute.yaml"
	run "$BATS_TEST_TMPDIR/tests/broken-to-bats"
	exits 1
	says "mute.yaml:1: the first line must be"
}

@test "each generator has a scenario in which the kernel is asked, and a test in which it misses its target" {
	local name lacking=()

	for name in $(generators); do
		grep -qE "load: $name\b" "$root"/scenarios/*.yaml || lacking+=("$name: no scenario has it")
		grep -lE '^# expect: exit 1: .*missed its target' "$root"/scenarios/broken/*.yaml |
			xargs grep -qE "id: [a-z]+, load: $name\b|- \{at: [^,]*,( for: [^,]*,)? load: $name\b" ||
			grep -qE "^	off_target $name\b" "$root"/tests/*.bats || lacking+=("$name: nothing makes it miss its target")
	done
	printf '%s\n' "${lacking[@]}"
	[ "${#lacking[@]}" -eq 0 ]
}

# Those that no test runs, and why.
not_run=(
	swap-disk # a minute of wall time for what swap-zram and io.bats show; `fuka run swap-disk`
)

@test "every scenario of the tree is run by some test, those on the real clock too, or is named here" {
	local name left=() made
	made=$("$root/tests/scenarios-to-bats")

	for name in "$root"/scenarios/*.yaml; do
		name=$(basename "$name" .yaml)
		grep -qx $'\t'"passes $name" <<<"$made" && continue
		grep -qE "^[^#]*\b(passes|agrees|run --out [^ ]+|for name in)\b.*[ /]$name(\.yaml|\"|;| |\$)" "$root"/tests/*.bats && continue
		[[ " ${not_run[*]} " == *" $name "* ]] || left+=("$name")
	done
	[ "${#left[@]}" -eq 0 ] || { echo "no test runs: ${left[*]}"; return 1; }
}
