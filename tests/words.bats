#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Words of the scenario language that no shipped scenario has.
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# check NAME LINE…: a scenario of these lines, checked and packed, not run.
check() {
	printf 'about: x\nend: 2s\n' >"$1.yaml"
	printf '%s\n' "${@:2}" >>"$1.yaml"
	run_fuka run --check "$1.yaml"
}

@test "package: its files are packed; one that is not installed, and what is no name, are refused by name" {
	check good 'timeline:' '  - {at: 1s, run: [true], package: base-files}'
	exits 0
	check missing 'timeline:' '  - {at: 1s, run: [true], package: no-such-package}'
	exits 2
	says "package: no-such-package is not installed"
	check quoted 'timeline:' "  - {at: 1s, run: [true], package: \"a'; touch owned; 'b\"}"
	exits 2
	says "is not a valid package name"
	[ ! -e owned ]
}

@test "memory: what is packed counts twice: the archive, and what it becomes" {
	head -c 40M /dev/urandom >big
	check large 'machine: {memory: 64M}' 'timeline:' "  - {at: 1s, run: [true], files: [$PWD/big]}"
	exits 2
	[[ $output =~ with\ ([0-9]+)\ MiB\ of\ files\ packed\;\ give\ at\ least\ ([0-9]+)M ]]
	packed=${BASH_REMATCH[1]} least=${BASH_REMATCH[2]}
	check small 'machine: {memory: 64M}' 'timeline:' "  - {at: 1s, run: [true], files: [/etc/passwd]}"
	rm big
	[ "$packed" -ge 40 ] && [ "$least" -ge $((2 * packed + 64)) ]
}

# One machine for all of them.
@test "stop:, oom_score_adj: of run:, a signal as an end, send: to nobody and every:" {
	cat >words.yaml <<'END'
about: What a timeline may say, once each.
timeline:
  - {at: 1s, id: adjusted, run: [sh, -c, "cat /proc/self/oom_score_adj; sleep 100 & wait"], files: [/bin/cat, /bin/sleep],
     oom_score_adj: 123}
  - {at: 1s, id: killed, run: [sh, -c, "kill -9 $$"]}
  - {at: 1s, id: early, stop: late}
  - {at: 2s, id: late, run: [sh, -c, "echo late is there"]}
  - {at: 2s, for: 3s, id: packets, send: {udp: 7777, count: 3, every: 500ms}}
  - {at: 4s, id: end, stop: adjusted}
  - {at: 5s, id: left, run: [sh, -c, "for p in /proc/[0-9]*/comm; do read n <$p; [ $n = sleep ] && echo it lives; done; echo looked"]}
end: 6s
expect:
  - {output: "123", id: adjusted}
  - {output: late is there, id: late}
  - {output: looked, id: left}
never:
  - {output: it lives, id: left}
END
	run_fuka run --out out words.yaml
	exits 0
	run_fuka report --view events "$(recording_in out)"
	says 'exit id=killed' 'status="signal 9"' 'exit id=adjusted' 'status="signal 15"' 'achieved asked=3 achieved=3 unit=packets'
	# frames are in the order of time, and three packets took three times 500 ms
	awk '$1 ~ /s$/ { t = $1 + 0; if (t < last) exit 1; last = t }' <<<"$output"
	awk '/start id=packets/ { from = $1 + 0 } /achieved asked=3/ { to = $1 + 0 }
		END { exit !(to - from >= 1.4) }' <<<"$output"
}
