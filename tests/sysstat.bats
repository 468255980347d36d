#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# sysstat in the guest: its figures are the recording's, what it counts otherwise has a name, and any other difference fails
# the scenario.
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	liar=
}

teardown() {
	[ -z "$liar" ] || rm -r "$liar"
}

agrees() {
	run_fuka run --out out "$root/scenarios/$1.yaml"
	exits 0
	says_nothing_of FAILED
}

# figure RUN COLUMN WHICH: of the view; WHICH is 3 for sysstat's, 4 for fuka's.
figure() {
	awk -v run="$1:" -v column="$2" -v which="$3" '$1 ~ /:$/ { is = $1 == run } is && $2 == column { print $which; exit }' \
		<<<"$output"
}

at_least() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 >= b) }' || { echo "$1 is not at least $2"; echo "$output"; return 1; }
}

at_most() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 <= b) }' || { echo "$1 is not at most $2"; echo "$output"; return 1; }
}

@test "guest-time: sar -u counts guest as user and says nothing of it, sar -u ALL and mpstat do not" {
	agrees guest-time
	run_fuka report "$(recording_in out)" --view sysstat
	exits 0
	says "sar -u counts guest time as user time; sar -u ALL does not" "sar -u counts guest_nice time as nice time"
	says_nothing_of DIFFERS
	at_least "$(figure sar-u %user 3)" 90
	at_most "$(figure sar-u %user 4)" 5
	at_most "$(figure sar-u-all %usr 3)" 5
	at_least "$(figure sar-u-all %guest 3)" 90
	at_least "$(figure nice-sar-u %nice 3)" 90
	at_most "$(figure nice-mpstat %nice 3)" 5
	at_least "$(figure nice-mpstat %gnice 3)" 90
}

@test "io-stall-sysstat: both see eight blocked tasks and iowait, between two samples 10 ms apart" {
	agrees io-stall-sysstat
	run_fuka report "$(recording_in out)" --view sysstat
	[ "$(grep -c 'samples 1[0-1]\.[0-9] ms apart\|samples 9\.[0-9] ms apart' <<<"$output")" = 2 ]
	at_least "$(figure mpstat %iowait 3)" 95
	[ "$(awk '$1 == "blocked" { print $2 }' <<<"$output")" = 8.00 ]
}

@test "cpu-hotplug: mpstat agrees while a CPU is away and when it is back" {
	agrees cpu-hotplug
}

@test "a sysstat that shows another figure fails the scenario, and the view marks it" {
	liar=$(mktemp -d -p /var/tmp) # the guest mounts its own /tmp
	cat >"$liar/mpstat" <<-'END'
		#!/bin/sh
		read -r line </proc/stat
		sleep 2
		read -r line </proc/stat
		echo '10:00:00     CPU    %usr   %nice    %sys %iowait    %irq   %soft  %steal  %guest  %gnice   %idle'
		echo '10:00:02     all   70.00    0.00    0.00    0.00    0.00    0.00    0.00    0.00    0.00   30.00'
	END
	chmod +x "$liar/mpstat"
	cat >lies.yaml <<-END
		about: Seventy percent of nothing.
		machine: {memory: 128M}
		record: {interval: 10ms}
		timeline:
		  - {at: 500ms, id: liar, run: [$liar/mpstat, -P, ALL, "2", "1"], files: [/usr/bin/sleep]}
		end: 4s
		expect:
		  - {sysstat: liar}
	END
	run_fuka run --out out lies.yaml
	exits 1
	says "FAILED sysstat liar" "figures agree; CPU all %usr is 70.00 there"
	run_fuka report "$(recording_in out)" --view sysstat
	says "DIFFERS"
}

@test "what is no run of sysstat, or has no id, is refused or cannot be evaluated" {
	cat >none.yaml <<-END
		about: Nothing to compare.
		machine: {memory: 128M}
		timeline:
		  - {at: 100ms, id: speaker, run: [echo, hello]}
		end: 1s
		expect:
		  - {sysstat: speaker}
	END
	run_fuka run --out out none.yaml
	exits 1
	says "'speaker' printed no table of CPU time or of the run queue"
	sed 's/sysstat: speaker/sysstat: nobody/' none.yaml >unknown.yaml
	run_fuka run --out out2 unknown.yaml
	exits 2
	says "nobody"
}
