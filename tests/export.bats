#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# fuka export: each form is read by the program it is for. The recordings are made here, on the virtual clock.

load lib.bash

setup_file() {
	export REC=$BATS_FILE_TMPDIR
	FUKA_HOME=${FUKA_HOME:-$root/build} "$FUKA" run --out "$REC/oom" oom-no-killable >"$REC/log" 2>&1 3>&- ||
		{ cat "$REC/log"; return 1; }
	FUKA_HOME=${FUKA_HOME:-$root/build} "$FUKA" run --out "$REC/calm" "$root/tests/fixtures/d-state.yaml" \
		>"$REC/log" 2>&1 3>&- || { cat "$REC/log"; return 1; }
	OOM=$(recording_in "$REC/oom") CALM=$(recording_in "$REC/calm")
	export OOM CALM
}

# rule_test RECORDING OPTION…: exports a rule test and has promtool run it.
rule_test() {
	run_fuka export "$1" --promtool "$root/tests/fixtures/rules.yml" -o "$BATS_TEST_TMPDIR/test.yml" "${@:2}"
	exits 0
	run promtool test rules "$BATS_TEST_TMPDIR/test.yml"
}

@test "export --openmetrics: loads into a Prometheus database, every sample of it" {
	run_fuka export "$CALM" --openmetrics -o "$BATS_TEST_TMPDIR/om"
	exits 0
	grep -q '^# TYPE node_cpu_seconds counter$' "$BATS_TEST_TMPDIR/om"
	grep -q '^node_load1{job="node",instance="d-state"} ' "$BATS_TEST_TMPDIR/om"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/om")" = "# EOF" ]
	run promtool tsdb create-blocks-from openmetrics "$BATS_TEST_TMPDIR/om" "$BATS_TEST_TMPDIR/tsdb"
	exits 0
	mkdir -p "$BATS_TEST_TMPDIR/tsdb/wal"
	run promtool tsdb dump "$BATS_TEST_TMPDIR/tsdb"
	exits 0
	[ "$(grep -c '^{' <<<"$output")" -eq "$(grep -vc '^#' "$BATS_TEST_TMPDIR/om")" ]
}

@test "export --openmetrics: each family stands once, its counters end in _total, and labels are as asked for" {
	run_fuka export "$OOM" --openmetrics --job node-exporter --instance web1
	exits 0
	[ -z "$(grep '^# TYPE' <<<"$output" | sort | uniq -d)" ]
	[ -z "$(awk '$2 == "TYPE" { name = $3; type = $4; next } /^#/ { next }
		type == "counter" && $0 !~ "^" name "_total" { print }' <<<"$output")" ]
	says 'node_vmstat_oom_kill{job="node-exporter",instance="web1"} 1 '
	says_nothing_of node_vmstat_nr_free_pages
}

@test "export --csv: a row a sample, the same figures as the report's" {
	run_fuka export "$CALM" --csv -o "$BATS_TEST_TMPDIR/csv"
	exits 0
	run awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } NF != length(at) { print "a short row", NR }
		NR > 2 && $at["cpu.idle"] < 50 { print "not idle", NR } { last = $at["load1"] " " $at["procs.blocked"] }
		END { print NR - 1, last }' <(tr -d '\r' <"$BATS_TEST_TMPDIR/csv")
	exits 0
	[[ $output =~ ^131\ [67]\.[0-9]+\ 0$ ]]
}

@test "export --json: every line is an object; samples, events and kernel log events in the order of time" {
	run_fuka export "$OOM" --json
	exits 0
	jq -es 'map(.time) == (map(.time) | sort)' <<<"$output"
	jq -es 'map(select(.log == "oom-kill")) | length == 1 and .[0].process == false' <<<"$output"
	jq -es 'map(select(.event == "start" and .id == "eater")) | length == 1' <<<"$output"
	samples=$("$FUKA" report "$OOM" --json | jq .samples.count)
	jq -es --argjson samples "$samples" 'map(select(has("mem.available"))) | length == $samples' <<<"$output"
}

@test "export --sadf: the structure of sadf -j" {
	run_fuka export "$CALM" --sadf
	exits 0
	jq -e '.sysstat.hosts[0] | ."number-of-cpus" == 1 and .sysname == "Linux"' <<<"$output"
	jq -e '.sysstat.hosts[0].statistics | length == 130 and
		all(.[]; .["cpu-load"][0].cpu == "all" and (.["cpu-load"][0].idle | type) == "number" and
		.queue["ldavg-1"] != null and .paging.fault != null and .memory.memfree > 0 and .timestamp.utc == 1)' <<<"$output"
}

@test "export --promtool: a rule fires on the recorded OOM kill and is silent on the other recording" {
	rule_test "$OOM" --fires HostOomKillDetected --silent HostHighLoad
	exits 0
	rule_test "$CALM" --fires HostHighLoad --silent HostOomKillDetected
	exits 0
}

@test "export --promtool: what is claimed wrongly fails, each on the other recording" {
	rule_test "$CALM" --fires HostOomKillDetected
	exits 1
	rule_test "$OOM" --silent HostOomKillDetected
	exits 1
	rule_test "$OOM" --fires HostHighLoad
	exits 1
	rule_test "$CALM" --silent HostHighLoad
	exits 1
}

@test "export --promtool: an alert whose for: is longer than the recording is named with the time it needs" {
	run_fuka export "$CALM" --promtool "$root/tests/fixtures/rules.yml" --silent HostLoadForLong -o "$BATS_TEST_TMPDIR/t"
	exits 0
	says "alert HostLoadForLong has for: 10m, which is longer than this recording"
	grep -q '^# HostLoadForLong has for: 10m' "$BATS_TEST_TMPDIR/t"
}

@test "export --promtool: more samples than promtool takes are refused by name, and thinning as told is enough" {
	day=$root/tests/fixtures/rules-day.yml
	run_fuka export "$CALM" --promtool "$day" --silent HostBusyAllDay -o "$BATS_TEST_TMPDIR/t"
	exits 2
	says "alert 'HostBusyAllDay' would load" "samples of node_cpu_seconds_total" "limit is 10000" "--interval "
	[ ! -e "$BATS_TEST_TMPDIR/t" ] && [ ! -e "$BATS_TEST_TMPDIR/t.part" ]
	[[ $output =~ --interval\ ([0-9]+)s ]]
	run_fuka export "$CALM" --promtool "$day" --interval "${BASH_REMATCH[1]}s" -o "$BATS_TEST_TMPDIR/t" --silent HostBusyAllDay
	exits 0
	run promtool test rules "$BATS_TEST_TMPDIR/t"
	says_nothing_of "too many samples"
}

@test "export: what it does not know is refused by name" {
	run_fuka export "$OOM" --xml
	exits 2
	says "unknown option '--xml'"
	run_fuka export "$OOM"
	exits 2
	says "no form given"
	run_fuka export "$OOM" --csv --json
	exits 2
	says "--csv and --json are two"
	run_fuka export "$OOM" --promtool "$root/tests/fixtures/rules.yml" --fires NoSuchAlert
	exits 2
	says "it has no alert 'NoSuchAlert'"
	run_fuka export "$OOM" --promtool /dev/null
	exits 2
}
