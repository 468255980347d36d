#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# fuka collect: this machine's own counters, for a time, until stopped, around a command, as root and as somebody else.
# Alone: samples of this machine, as many as there were ticks.

load lib.bash

setup() {
	X=$BATS_TEST_TMPDIR/x.fuka
}

@test "collect --for: as many samples as ticks, or the missed ones are counted" {
	run_fuka collect -i 20ms --for 1s -o "$X"
	exits 0
	says "samples, one each 20ms"
	run_fuka report "$X" --json
	exits 0
	# however late a busy machine lets it end: every tick from the first sample to the last is one or the other
	jq -e '.samples | .last - .first > 0.9 and ((.count + .missed - 1) * 0.02 - (.last - .first) | fabs) < 0.1' <<<"$output"
	jq -e '.panic.panicked == false and .cpu_percent.idle != null and .memory.total > 0' <<<"$output"
}

@test "collect -- COMMAND: ends with it, records when it began and how it ended, and has its exit status" {
	run_fuka collect -o "$X" -- sh -c 'sleep 0.3; exit 7'
	exits 7
	run_fuka report "$X" --view events
	exits 0
	says "start id=command kind=run name=sh" 'status="exit 7"'
}

@test "collect -- COMMAND: one that cannot be run, one that a signal ends" {
	# not by run: Bats 1.8 takes a 127 for its own
	code=0
	"$FUKA" collect -o "$X" -- /no/such/program 2>"$BATS_TEST_TMPDIR/said" 3>&- || code=$?
	[ "$code" -eq 127 ]
	grep -q "/no/such/program: No such file or directory" "$BATS_TEST_TMPDIR/said"
	run_fuka collect -o "$X.2" -- sh -c 'kill -TERM $$'
	exits 143
}

@test "collect: stops when told to, and the recording is whole" {
	"$FUKA" collect -i 10ms -o "$X" 3>&- &
	pid=$!
	until_true 10 test -s "$X"
	sleep 0.5
	kill -INT "$pid"
	wait "$pid"
	run_fuka report "$X"
	exits 0
	says_nothing_of damaged
	is_gone "$pid"
}

@test "collect: killed hard, what was flushed is still a recording, and no sampler is left behind" {
	"$FUKA" collect -i 10ms -o "$X" 3>&- &
	pid=$!
	until_true 10 child_named "$pid" fuka-sampler
	sampler=$(child_named "$pid" fuka-sampler)
	sleep 11
	kill -KILL "$pid"
	wait "$pid" || true
	until_true 5 is_gone "$sampler"
	run_fuka report "$X"
	exits 0
	says "damaged:"
}

@test "collect --sources: added, left out, refused by name" {
	run_fuka collect -i 50ms --for 200ms -o "$X" --sources +interrupts,-softirqs,-kmsg,swaps
	exits 0
	run_fuka export "$X" --openmetrics
	exits 0
	says "node_interrupts_total{"
	says_nothing_of node_softirqs_functions_total
	run_fuka collect --for 1s -o "$X.2" --sources +nonsense
	exits 2
	says "there is no source 'nonsense'; there are stat sysinfo"
	[ ! -e "$X.2" ]
}

@test "collect --sources: one that this kernel does not have is said, and the rest is recorded" {
	# where the kernel has it, a socket in its place cannot be opened either
	# shellcheck disable=SC2016 # the shell in the namespace expands these
	with_own_mounts 'cd "$1" && perl -MIO::Socket::UNIX -e "IO::Socket::UNIX->new(Local => q(s), Listen => 1) or die" &&
		{ [ ! -e /proc/schedstat ] || mount --bind s /proc/schedstat; } &&
		exec "$2" collect -i 50ms --for 200ms -o x.fuka --sources +schedstat' - "$BATS_TEST_TMPDIR" "$FUKA"
	exits 0
	says "/proc/schedstat: " "continuing without the source schedstat" " samples, one each 50ms"
	[ "$(grep -c "continuing without the source" <<<"$output")" -eq 1 ]
	run_fuka report "$BATS_TEST_TMPDIR/x.fuka" --view truth
	exits 0
	says "this recording lacks sched.run" "fuka collect --sources +schedstat"
}

@test "collect: rates out of range, a missing file name, an existing file, an unknown option are refused" {
	run_fuka collect -i 100us -o "$X"
	exits 2
	says "from 1ms to 1m"
	run_fuka collect --for 1s
	exits 2
	says "where to?"
	echo precious >"$X"
	run_fuka collect --for 1s -o "$X"
	exits 2
	[ "$(cat "$X")" = precious ]
	run_fuka collect --fast -o "$X.2"
	exits 2
	says "unknown option '--fast'"
}

@test "collect: what the kernel logged before it is not in the report" {
	[ -w /dev/kmsg ] || skip "/dev/kmsg: this user may not write to it"
	echo "Out of memory: Killed process 81 (before) total-vm:1kB, anon-rss:1kB" >/dev/kmsg
	run_fuka collect -i 50ms -o "$X" -- sh -c 'echo "Out of memory: Killed process 82 (during) total-vm:1kB" >/dev/kmsg'
	exits 0
	run_fuka report "$X" --view events
	exits 0
	says "(during)" "such lines that were in the kernel log before the recording began"
	says_nothing_of "(before)"
	run_fuka export "$X" --json
	exits 0
	says_nothing_of "(before)"
}

@test "collect: as an ordinary user, with what the kernel lets them read" {
	chmod a+rwx "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	mkdir "$BATS_TEST_TMPDIR/out"
	chmod a+rwx "$BATS_TEST_TMPDIR/out"
	cp "$FUKA" "$BATS_TEST_TMPDIR/fuka"
	as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	run timeout 60 "${as[@]}" "$BATS_TEST_TMPDIR/fuka" collect -i 20ms -o "$BATS_TEST_TMPDIR/out/x.fuka" -- sleep 0.5 3>&-
	exits 0
	run_fuka report "$BATS_TEST_TMPDIR/out/x.fuka" --json
	jq -e '.samples.count > 15 and .cpu_percent.idle != null' <<<"$output"
}

@test "collect: the samples agree with what the files say before and after" {
	before=$(awk '/^cpu / { print $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat)
	run_fuka collect -i 50ms --for 500ms -o "$X"
	after=$(awk '/^cpu / { print $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat)
	"$FUKA" export "$X" --openmetrics >"$BATS_TEST_TMPDIR/om"
	first=$(awk -F'[{ ]' '/^node_cpu_seconds_total/ { k = $2; if (!(k in s)) s[k] = $3 } END { for (k in s) t += s[k]; printf "%d", t * 100 + 0.5 }' "$BATS_TEST_TMPDIR/om")
	last=$(awk -F'[{ ]' '/^node_cpu_seconds_total/ { s[$2] = $3 } END { for (k in s) t += s[k]; printf "%d", t * 100 + 0.5 }' "$BATS_TEST_TMPDIR/om")
	echo "before $before first $first last $last after $after"
	[ "$((first + 8))" -ge "$before" ] && [ "$last" -le "$((after + 8))" ] && [ "$first" -lt "$last" ]
}
