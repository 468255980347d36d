#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# fuka run: from a scenario to a verdict, the recordings it leaves, and what becomes of bad input and bad luck.
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

setup_file() {
	export SHARED=$BATS_FILE_TMPDIR QUICK=$BATS_FILE_TMPDIR/quick.yaml
	# Two guest minutes instead of twenty: after 110 s of n = 8, load1 is 8 * (1 - e^(-110/60)) = 6.7.
	for name in load-cpu load-dstate; do
		sed -e 's/for: 20m/for: 2m/; s/^end: .*/end: 135s/; s/1200s/120s/; /load15/d' \
			-e 's/within: \[7.9, 8.1\]/within: [6.5, 6.9]/' "$root/scenarios/$name.yaml" >"$SHARED/$name.yaml"
	done
	cat >"$QUICK" <<-END
		about: Half a second of nothing.
		machine: {memory: 128M}
		end: 500ms
		expect:
		  - {gap: largest, max: 10s}
	END
	cat >"$SHARED/long.yaml" <<-END
		about: Long enough to be interrupted.
		machine: {memory: 128M, clock: real}
		timeline:
		  - {at: 0s, id: sleepers, load: dstate, tasks: 2}
		end: 60s
	END
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	hogs=()
}

teardown() {
	[ "${#hogs[@]}" -eq 0 ] || kill "${hogs[@]}" 2>/dev/null || true
}

# Starts a program that does not return, to be waited for by pid; it dies with the test.
in_background() {
	timeout -k 5 "$RUN_DEADLINE" "$@" >"$BATS_TEST_TMPDIR/background.out" 2>&1 3>&- &
	hogs+=($!)
	background=$!
}

# fuka itself, below the timeout that watches it.
background_fuka() {
	pgrep -P "$background" -x fuka
}

guest_has_started() {
	# The lanes are there and hold frames: the timeline's first words.
	grep -qa 'event=t0' "$1"/*/lanes* 2>/dev/null
}

# ---- the three scenarios, and identity

@test "oom-no-killable passes, and three runs are identical to the byte" {
	run_fuka run --out "$SHARED/oom" --repeat 3 oom-no-killable
	exits 0
	says "oom-no-killable: pass (4 of 4 expectations held)" "3 runs identical to the byte"
	says "'System is deadlocked on memory' at" "by QEMU's GUEST_PANICKED and the console"
	[ "$(grep -c '^pass ' <<<"$output")" -eq 3 ]
	mapfile -t files < <(find "$SHARED/oom" -name '*.fuka')
	[ "${#files[@]}" -eq 3 ]
	cmp -s "${files[0]}" "${files[1]}"
	cmp -s "${files[0]}" "${files[2]}"
}

@test "the same bytes from another directory, at another date, while hogs take the host's CPUs" {
	first=$(find "$SHARED/oom" -name '*.fuka' 2>/dev/null | head -n 1)
	[ -n "$first" ] || { run_fuka run --out "$SHARED/oom" oom-no-killable; first=$(recording_in "$SHARED/oom"); }
	for _ in 1 2; do
		timeout "$RUN_DEADLINE" sh -c 'while :; do :; done' 3>&- &
		hogs+=($!)
	done
	mkdir -p "a directory/with another name"
	cd "a directory/with another name"
	run_fuka run --out elsewhere oom-no-killable
	exits 0
	second=$(recording_in elsewhere)
	[ "$(basename "${first%/*}")" != "$(basename "${second%/*}")" ] # the date is in the directory's name, nowhere else
	cmp "$first" "$second"
}

@test "load-cpu in short: the load average follows the formula, and no CPU is idle" {
	run_fuka run --out out "$SHARED/load-cpu.yaml"
	exits 0
	says "load-cpu: pass" "residual 0, 0 with n other than declared"
	held=$(grep -c '^  held' <<<"$output")
	[ "$held" -eq 3 ]
}

@test "load-dstate in short: the same load average, and the CPU is idle; twice the same bytes" {
	run_fuka run --out out --repeat 2 "$SHARED/load-dstate.yaml"
	exits 0
	says "load-dstate: pass" "residual 0, 0 with n other than declared" "2 runs identical to the byte"
}

@test "oom-no-killable passes on the real clock, which says what runs the guest and why" {
	run_fuka run --out out --clock real oom-no-killable
	exits 0
	says "oom-no-killable: pass" "real clock, "
	[[ $output =~ real\ clock,\ (KVM|TCG):\ [^\;]+ ]]
}

@test "D-state tasks on the real clock are in the load average and use no CPU" {
	cat >dstate.yaml <<-END
		about: Eight sleepers for twelve seconds of wall time.
		machine: {memory: 128M, clock: real}
		timeline:
		  - {at: 0s, id: sleepers, load: dstate, tasks: 8}
		end: 12s
		expect:
		  - {metric: load1, at: 11s, within: [0.5, 3]}
		  - {metric: procs.blocked, from: 1s, to: 11s, max: 0}
		  - {model: load, residual: 0, exceptions: 3}
	END
	run_fuka run --out out dstate.yaml
	exits 0
	says "dstate: pass (3 of 3 expectations held)"
}

@test "a short program's output and exit status are recorded" {
	cat >prog.yaml <<-END
		about: A program speaks and fails.
		machine: {memory: 128M}
		timeline:
		  - {at: 100ms, id: speaker, run: [sh, -c, "echo one; echo two >&2; exit 7"]}
		end: 1s
		expect:
		  - {output: one, id: speaker}
		  - {output: two}
		  - {exit: speaker, status: 7}
		never:
		  - {output: three}
	END
	run_fuka run --out out prog.yaml
	exits 0
	says "prog: pass (4 of 4 expectations held)" "exit 7 at"
}

# ---- results

@test "--json: one document, whatever the guest printed" {
	cat >odd.yaml <<-END
		about: Bytes & signs that are <awkward> in "JSON" and XML.
		machine: {memory: 128M}
		timeline:
		  - {at: 100ms, id: odd, run: [printf, '\\377\\033[31m<&>"\\001\\303\\244\\303']}
		end: 500ms
		expect:
		  - {output: not there, id: odd}
	END
	run --separate-stderr timeout "$RUN_DEADLINE" "$FUKA" run --out out --json --junit odd.xml "$QUICK" odd.yaml 3>&-
	exits 1
	jq -e '.runs | length == 2' <<<"$output"
	jq -e '.runs[0] | .verdict == "pass" and .scenario == "quick" and .expectations[0].held == true' <<<"$output"
	jq -e '.runs[1] | .verdict == "fail" and .expectations[0].held == false and .wall_s > 0' <<<"$output"
	jq -e '.runs[1].expectations[0].seen | contains("[31m<&>\"") and contains("\u00e4")' <<<"$output"
	[ -s "$(jq -r '.runs[1].recording' <<<"$output")" ]
	xmllint --noout odd.xml
	[ "$(xmllint --xpath 'string(/testsuite/@tests)' odd.xml)" = 2 ]
	[ "$(xmllint --xpath 'string(/testsuite/@failures)' odd.xml)" = 1 ]
	[ "$(xmllint --xpath 'count(//testcase/failure)' odd.xml)" = 1 ]
}

@test "several scenarios: a line for each, a summary, and lost (3) goes before fail (1)" {
	run_fuka run --out out --junit all.xml "$QUICK" "$root"/scenarios/broken/{no-sample,unexpected-panic}.yaml
	exits 3
	says "1 pass, 1 fail, 1 lost, 0 skip"
	grep -qE '^pass +quick ' <<<"$output"
	grep -qE '^fail +no-sample ' <<<"$output"
	grep -qE '^lost +unexpected-panic ' <<<"$output"
	[ "$(xmllint --xpath 'count(//testcase/error)' all.xml)" = 1 ]
}

@test "--tap: a stream that our own tester reads" {
	run --separate-stderr timeout "$RUN_DEADLINE" "$FUKA" run --tap --out out "$QUICK" "$root/scenarios/broken/no-sample.yaml" 3>&-
	exits 1
	echo "$output" >stream.tap
	run "$root/tests/run" "$PWD/stream.tap"
	[ "${lines[-1]}" = "1 passed, 1 failed, 0 skipped" ]
}

@test "a scenario that is wrong stops all of them before anything starts (2)" {
	run_fuka run --out out "$QUICK" "$root/scenarios/broken/no-end.yaml"
	exits 2
	says "needs an end"
	says_nothing_of "quick"
	[ ! -e out ]
}

@test "a scenario that needs more memory than there is stops all of them before anything starts (2)" {
	export MORE=$root/scenarios/broken/more-memory.yaml
	# shellcheck disable=SC2016
	with_own_mounts 'mount -t tmpfs none /mnt && echo "MemAvailable: 307200 kB" >/mnt/meminfo &&
		mount --bind /mnt/meminfo /proc/meminfo && exec "$FUKA" run --out out "$QUICK" "$MORE"'
	exits 2
	says "this host has 300 MiB available"
	[ ! -e out ]
}

@test "--check validates, starts nothing, and names each error with file, line and column" {
	run_fuka run --check --out out "$QUICK" oom-no-killable
	exits 0
	says "quick.yaml: valid" "oom-no-killable.yaml: valid"
	run_fuka run --check --out out "$root/scenarios/broken/unknown-key.yaml" "$root/scenarios/broken/two-actions.yaml"
	exits 2
	says "unknown-key.yaml:8:11:" "two-actions.yaml:4:6:"
	[ ! -e out ]
}

@test "every scenario that comes with fuka is valid" {
	run_fuka run --check "$root"/scenarios/*.yaml
	exits 0
}

@test "progress on standard error when it is a terminal, and none when it is not" {
	run --separate-stderr timeout "$RUN_DEADLINE" "$FUKA" run --out out "$QUICK" 3>&-
	exits 0
	# shellcheck disable=SC2154 # bats sets stderr
	[ -z "$stderr" ]
	# One whose guest takes a while, so that there is something to show.
	run timeout "$RUN_DEADLINE" script -qec "'$FUKA' run --out out '$SHARED/load-dstate.yaml'" /dev/null 3>&-
	exits 0
	says "load-dstate: booting" "load-dstate: running" "s of 135 s" "load1" "MiB" "last event:"
}

# ---- bad input, bad luck

@test "no scenario, an unknown one, an unreadable one, an unknown option: exit 2 and told apart" {
	run_fuka run
	exits 2
	says "no scenario given"
	run_fuka run no-such-scenario
	exits 2
	says "no-such-scenario" "No such file"
	run_fuka run "$BATS_TEST_TMPDIR"
	exits 2
	run_fuka run --no-such-option oom-no-killable
	exits 2
	says "no-such-option"
	run_fuka run --repeat 0 oom-no-killable
	exits 2
	says "from 1 to 1000"
	run_fuka run --clock sundial oom-no-killable
	exits 2
	says "expected one of: scenario virtual real"
}

@test "without QEMU in PATH it names the package" {
	mkdir bin
	for tool in sha256sum sh; do
		ln -s "$(command -v "$tool")" bin/
	done
	PATH=$PWD/bin run "$FUKA" run --out out "$QUICK"
	exits 2
	says "qemu-system-x86_64 is not in PATH" "apt-get install qemu-system-x86"
	[ ! -e out ]
}

@test "a kernel without its modules is refused, and where they were looked for is said" {
	cp "${FUKA_HOME:-${FUKA%/*}}/kernels/6.1/vmlinuz" kernel
	run_fuka run --out out --kernel kernel "$QUICK"
	exits 2
	says "has no modules: looked for modules.dep in"
	run_fuka run --out out --kernel /nonexistent "$QUICK"
	exits 2
	says "there is no kernel at /nonexistent"
	[ ! -e out ]
}

@test "an output directory that cannot be written is named, with what to do" {
	echo file >file
	run_fuka run --out file/below "$QUICK"
	exits 2
	says "file/below: cannot make the run's directory there" "--out"
	mkdir -m 755 mine
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" 2>/dev/null || true
	[ "$(id -u)" -eq 0 ] || chmod 555 mine
	as_nobody "$FUKA" run --out "$PWD/mine" "$QUICK"
	exits 2
	says "mine: cannot make the run's directory there: Permission denied"
}

@test "a disk too small for the samples: said before the guest starts" {
	mkdir small
	# shellcheck disable=SC2016
	with_own_mounts 'mount -t tmpfs -o size=8m none small && "$FUKA" run --out small "$QUICK"; s=$?; find small -name "*.fuka"; exit $s'
	exits 2
	says "MiB for the samples: No space left on device" "give another disk with --out"
	says_nothing_of ".fuka"
}

# Runs a scenario once to see what it takes, and again, recording to cut.fuka, on a disk that is this much smaller: N KiB,
# or N percent of the recording.
run_on_a_disk_smaller_by() {
	local recording less

	run_fuka run --keep --out whole "$2"
	exits 0
	recording=$(recording_in whole)
	whole_bytes=$(stat -c %s "$recording")
	case $1 in
	*%) less=$((whole_bytes * ${1%\%} / 102400)) ;;
	*) less=$1 ;;
	esac
	mkdir small
	export SCENARIO=$2 KIB=$(($(find whole -type f -printf '%s\n' | awk '{ n += int(($1 + 4095) / 4096) * 4 } END { print n }') - less))
	# shellcheck disable=SC2016
	with_own_mounts 'mount -t tmpfs -o size=${KIB}k none small && "$FUKA" run --keep --out small "$SCENARIO"
		s=$?; cp small/*/*.fuka cut.fuka; exit $s'
}

@test "a disk that fills while recording: said, not a pass, and what was recorded is readable" {
	run_on_a_disk_smaller_by 50% oom-no-killable
	[ "$status" -eq 1 ] || [ "$status" -eq 3 ]
	says "No space left on device"
	says_nothing_of ": pass"
	run_fuka report cut.fuka
	exits 0
	says "scenario    oom-no-killable" "samples "
	[ "$(stat -c %s cut.fuka)" -lt "$whole_bytes" ]
}

@test "a disk that fills at the very end, when all that was expected is there: said, and still not a pass" {
	run_on_a_disk_smaller_by 8 "$SHARED/load-dstate.yaml"
	exits 1
	says "No space left on device" "load-dstate: fail (the recording is incomplete"
	says "  held "
	says_nothing_of "  FAILED "
	run_fuka report cut.fuka
	exits 0
	says "scenario    load-dstate" "n always as declared"
}

@test "SIGKILL of fuka leaves no QEMU behind" {
	in_background "$FUKA" run --out out "$SHARED/long.yaml"
	until_true 120 background_fuka
	fuka=$(background_fuka)
	until_true 120 machine_of "$fuka"
	qemu=$(machine_of "$fuka")
	kill -KILL "$fuka"
	until_true 60 is_gone "$fuka"
	until_true 60 is_gone "$qemu"
}

@test "SIGINT ends the machine, exits 3, and the recording is whole" {
	in_background "$FUKA" run --out out "$SHARED/long.yaml"
	until_true 120 background_fuka
	fuka=$(background_fuka)
	until_true 120 machine_of "$fuka"
	qemu=$(machine_of "$fuka")
	until_true 120 guest_has_started out
	sleep 1
	kill -INT "$fuka"
	status=0
	wait "$background" || status=$?
	output=$(cat background.out)
	exits 3
	says "long: lost (the machine went away: interrupted: by a signal to fuka)"
	is_gone "$qemu"
	run_fuka report "$(recording_in out)"
	exits 0
	says "ended (interrupted)" "start sleepers"
}

@test "a truncated recording keeps what is whole and says so; an unreadable one is exit 2" {
	recording=$(find "$SHARED/oom" -name '*.fuka' 2>/dev/null | head -n 1)
	[ -n "$recording" ] || { run_fuka run --out "$SHARED/oom" oom-no-killable; recording=$(recording_in "$SHARED/oom"); }
	head -c $(($(stat -c %s "$recording") / 2)) "$recording" >half.fuka
	run_fuka report half.fuka
	exits 0
	says "scenario    oom-no-killable"
	[[ ${lines[0]} == "damaged: half.fuka: "* ]]
	head -c 10 "$recording" >start.fuka
	run_fuka report start.fuka
	exits 2
	says "start.fuka"
	: >empty.fuka
	run_fuka report empty.fuka
	exits 2
	run_fuka report /etc/passwd
	exits 2
	says "/etc/passwd"
	run_fuka report no-such.fuka
	exits 2
	says "no-such.fuka" "No such file"
}

@test "nothing outside the run's directory is written: it passes with all else read-only" {
	mkdir out
	run_fuka run --out out "$QUICK" # whatever is cached is cached
	# shellcheck disable=SC2016
	with_own_mounts 'mount --bind out out
		while read -r _ at type _; do
			case $at in /proc* | /sys* | /dev*) continue ;; esac
			[ "$at" = "$PWD/out" ] || mount -o bind,remount,ro "$at" 2>/dev/null
		done </proc/self/mounts
		touch "$PWD/elsewhere" 2>/dev/null && { echo "the test did not make it read-only"; exit 99; }
		exec "$FUKA" run --out out "$QUICK"'
	exits 0
	says "quick: pass"
	# And there only what belongs to a run; the lanes and the initramfs are gone.
	[ "$(find out -type f -printf '%f\n' | sort -u | xargs)" = "console.log packed.txt qemu.log qemu.sh quick.fuka" ]
}

@test "nothing outside the run's directory is even opened for writing, made, renamed or removed" {
	command -v strace >/dev/null || skip "strace (package strace)"
	run_fuka run --out out "$QUICK"
	rm -rf out
	run timeout "$RUN_DEADLINE" strace -f -y --seccomp-bpf -o trace -e \
		trace=open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,truncate,mknod,mknodat \
		"$FUKA" run --out "$PWD/out" "$QUICK" 3>&-
	exits 0
	grep -vE 'O_RDONLY|= -1 E|^[0-9]+ +(\+\+\+|---|<)' trace >writes
	grep -q 'out/quick.*quick.fuka' writes
	# A name is whole, or of the run's directory by its descriptor; QEMU works there; devices are no files.
	run grep -vE "<$PWD/out/quick\.[^/>]*>, \"|\"($PWD/out[/\"]|(qemu.log|console.log|lanes.shm)\"|/dev/(null|kvm)\")" writes
	[ -z "$output" ] || { echo "$output"; return 1; }
}

@test "--keep keeps the initramfs and the shared memory" {
	run_fuka run --keep --out out "$QUICK"
	exits 0
	run ls out/*/
	says initramfs lanes
}

# ---- the other commands

@test "help, list and version: exit 0; an unknown command: exit 2" {
	run_fuka --help
	exits 0
	mapfile -t commands < <(sed -n 's/^COMMAND(\(.*\))/\1/p' "$root/lab/commands.h")
	[ "${#commands[@]}" -ge 6 ]
	for name in "${commands[@]}"; do
		says "  $name "
	done
	for name in "${commands[@]}"; do
		run_fuka "$name" --help
		exits 0
		says "usage: fuka $name"
	done
	run_fuka list
	exits 0
	says oom-no-killable load-cpu load-dstate dstate "cpu.user" "gap "
	run_fuka list generators
	exits 0
	[ "$(awk '{ print $1 }' <<<"$output")" = "$(generators)" ]
	run_fuka list dstate
	exits 0
	says "tasks" "every generator also has:"
	run_fuka list no-such-thing
	exits 2
	says "neither a topic nor a scenario" "expectations"
	run --separate-stderr "$FUKA" list --json
	exits 0
	jq -e '(.scenarios | map(.name) | index("oom-no-killable")) and
		(.generators | map(.name)) == ($generators | split("\n"))' --arg generators "$(generators)" <<<"$output"
	jq -e '[.faults[].contexts] | length >= 20 and all(. != "")' <<<"$output"
	[ "$(jq -r '.expectations[].name' <<<"$output")" = "$(sed -n 's/^EXPECT(\(.*\))/\1/p' "$root/lab/expect/list.h")" ]
	[ "$(jq -r '.sources[].name' <<<"$output")" = "$(sed -n 's/^SOURCE(\([^,]*\),.*/\1/p' "$root/lib/record/source_list.h")" ]
	jq -e '(.log | length >= 12) and (.metrics | any(test("load1")))' <<<"$output"
	jq -e '[.common[].name] | index("nice") and (index("profile") | not)' <<<"$output"
	jq -e '.generators | map({(.name): any(.parameters[]; .name == "profile")}) | add | .cpu and (.memory | not)' <<<"$output"
	for name in "" --json; do
		# shellcheck disable=SC2086 # none, or one
		run bash -c '"$FUKA" list $1 >/dev/full' - $name
		exits 2
		says "standard output: No space left on device"
	done
	run_fuka no-such-command
	exits 2
	says "there is no command 'no-such-command'"
	run_fuka
	exits 2
}
