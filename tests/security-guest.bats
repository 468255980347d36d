#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A hostile guest: root in the machine writes into the shared memory what it likes (tests/tools/hostile-guest.c). The run
# ends in its time, the host's fuka lives, and what was forged convinces nobody.
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

: "${BUILD:=$root/build}"
hostile=$BUILD/tests/tools/hostile-guest

# guest HOW: a machine in which that is done one second after the start; more lines of the scenario on standard input.
guest() {
	{
		cat <<-END
			about: root in the guest is hostile ($1).
			timeline:
			  - {at: 1s, id: hostile, run: [$hostile, $1]}
		END
		cat
	} >"$BATS_TEST_TMPDIR/$1.yaml"
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/$1.yaml"
}

@test "H1: positions at the end of 64 bits keep nobody: the run ends in its time, real clock" {
	RUN_DEADLINE=30 guest wrap <<-END
		machine: {memory: 256M, clock: real}
		end: 3s
		deadline: 20s
	END
	exits 1
	says "overwrote the positions of the lane 'kmsg'"
}

@test "H1: … and on the virtual clock" {
	RUN_DEADLINE=30 guest wrap <<-END
		machine: {memory: 256M, clock: virtual}
		end: 3s
		deadline: 20s
	END
	exits 1
	says "overwrote the positions of the lane 'kmsg'"
}

@test "H2: what a lane says of its own place crashes nobody" {
	guest flip <<-END
		  - {at: 1s, id: talk, run: [sh, -c, "while :; do echo x; done"], files: [/bin/sh]}
		machine: {memory: 256M, clock: real, cpus: 2}
		end: 8s
		deadline: 60s
	END
	exits 0
}

@test "M1: a guest cannot say what only the host may: a forged panic fails the scenario, by name" {
	guest forge <<-END
		machine: {memory: 256M, clock: real}
		end: 2s
		expect:
		  - {panic: forged}
	END
	exits 1
	says "FAILED panic forged" "the guest wrote 3 frames" "'host'" "'timeline'"
	run_fuka report "$(recording_in "$BATS_TEST_TMPDIR/out")"
	exits 0
	says_nothing_of "forged by a process"
}

@test "M2: a guest that writes without end is ended, and the recording stays within its bound" {
	guest flood <<-END
		machine: {memory: 256M, clock: real}
		end: 600s
		deadline: 300s
	END
	exits 3
	says "bound: the guest wrote more frames than this scenario can make"
	[ "$(stat -c %s "$(recording_in "$BATS_TEST_TMPDIR/out")")" -lt $((300 << 20)) ]
}

@test "H8: more than 31 actions of the host, and its last word is still there" {
	local i

	guest ask < <(
		for i in $(seq 40); do
			echo "  - {at: $((1000 + i * 25))ms, host: {throttle: disk0, iops: $i}}"
		done
		printf '%s\n' "  - {at: 2500ms, id: slow, host: {throttle: disk0, iops: 50}}" \
			"machine: {memory: 256M, clock: real, disk: 16M}" "end: 4s"
	)
	exits 1
	says "requests that the timeline does not have, or not so often"
	run_fuka report "$(recording_in "$BATS_TEST_TMPDIR/out")" --view events --all
	says "ended how=poweroff"
	[ "$(grep -c "host     done id=" <<<"$output")" -ge 40 ]
}
