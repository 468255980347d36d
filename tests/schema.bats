#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # lib.bash sets root
# fuka list --schema: what it refuses --check refuses, what --check knows without the whole the schema knows, too; by an
# independent validator (python3-jsonschema).
load lib

setup() {
	"$FUKA" list --schema >"$BATS_TEST_TMPDIR/schema.json"
}

# Prints "FILE: valid" or "FILE: invalid" for each.
validate() {
	/usr/bin/python3 - "$BATS_TEST_TMPDIR/schema.json" "$@" <<-'END'
	import json, sys
	import jsonschema, yaml
	schema = json.load(open(sys.argv[1]))
	jsonschema.Draft7Validator.check_schema(schema)
	validator = jsonschema.Draft7Validator(schema)
	for name in sys.argv[2:]:
	    try:
	        document = yaml.safe_load(open(name))
	        verdict = "valid" if validator.is_valid(document) else "invalid"
	    except yaml.YAMLError:
	        verdict = "invalid"
	    print(f"{name}: {verdict}")
	END
}

@test "every scenario that comes with fuka is valid by the schema" {
	run validate "$root"/scenarios/*.yaml
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq "$(find "$root/scenarios" -maxdepth 1 -name '*.yaml' | wc -l)" ]
	says_nothing_of "invalid"
}

@test "of the broken ones the schema refuses none that --check takes" {
	local file verdict refused=0

	while IFS=: read -r file verdict; do
		[ "$verdict" = " invalid" ] || continue
		grep -q '^# expect: exit 2' "$file" || { echo "$file: the schema refuses what runs"; return 1; }
		refused=$((refused + 1))
	done < <(validate "$root"/scenarios/broken/*.yaml)
	[ "$refused" -ge 6 ]
}

# A scenario around one line of machine, of the timeline and of expect.
around() {
	printf 'about: x\nend: 9s\nmachine: {%s}\ntimeline:\n  - {%s}\nexpect:\n  - {%s}\n' "$1" "$2" "$3"
}

@test "words, names, kinds of values and ranges: the schema and --check agree" {
	local ok_machine="memory: 128M" ok_entry="at: 1s, load: cpu, tasks: 2" ok_expect="log: oops, count: {max: 0}" n=0 kind line want

	while IFS='|' read -r want kind line; do
		local machine=$ok_machine entry=$ok_entry expect=$ok_expect
		declare "$kind=$line"
		around "$machine" "$entry" "$expect" >"$BATS_TEST_TMPDIR/$n.yaml"
		run_fuka run --check "$BATS_TEST_TMPDIR/$n.yaml"
		[ "$status" -eq "$([ "$want" = valid ] && echo 0 || echo 2)" ] || { echo "$kind: $line: --check: $output"; return 1; }
		run validate "$BATS_TEST_TMPDIR/$n.yaml"
		[ "${output##*: }" = "$want" ] || { echo "$kind: $line: the schema says ${output##*: }"; return 1; }
		n=$((n + 1))
	done <<-'END'
	valid|machine|memory: 256M, clock: real, cpus: 2, kernel: 6.1
	valid|machine|sysctl: {vm.panic_on_oom: 1}, random: host, network: false
	invalid|machine|colour: red
	invalid|machine|cpus: 17
	invalid|machine|clock: sundial
	invalid|machine|memory: lots
	invalid|machine|network: perhaps
	invalid|machine|sysctl: 7
	valid|entry|at: 1s, for: 2.5s, load: dstate, tasks: "8", nice: 3
	valid|entry|at: 0s, load: memory, size: 25%
	valid|entry|at: 1s, write: {/proc/sys/vm/swappiness: 1}
	valid|entry|at: 1s, run: [sleep, 1], oom_score_adj: -5
	valid|entry|at: 1s, fault: drop, context: softirq, trigger: {udp: 7777}
	invalid|entry|at: soon, load: cpu
	invalid|entry|load: cpu
	invalid|entry|at: 1s, load: nobody
	invalid|entry|at: 1s, load: cpu, taks: 8
	invalid|entry|at: 1s, load: cpu, nice: 20
	invalid|entry|at: 1s, load: cpu, stop: cpu
	invalid|entry|at: 1s, fault: nobody, context: softirq
	invalid|entry|at: 1s, fault: drop, context: nowhere
	invalid|entry|at: 1s, fault: drop, context: softirq, trigger: {colour: 1}
	invalid|entry|at: 1s, fault: drop, context: softirq, udp: 7777
	invalid|entry|at: 1s, run: [sleep, 1], colour: red
	invalid|entry|at: 1s, send: {colour: red}
	invalid|entry|at: 1s, write: {relative: 1}
	valid|expect|metric: cpu.idle, from: 1s, to: 2s, within: [1, 95%]
	valid|expect|console: any
	invalid|expect|colour: red
	invalid|expect|metric: load1, at: soon, min: 1
	invalid|expect|metric: load1, within: [1]
	invalid|expect|log: oops, count: 3
	invalid|expect|panic: any, status: 1
	invalid|expect|panic: any, colour: red
	END
	[ "$n" -ge 30 ]
}
