#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Each export is read by a reader that is not ours: promtool, jq, Python's csv and json. Of recordings that try to leave the
# grammar of each.

load lib.bash

tool=${BUILD:-$root/build}/tests/tools/make-recording

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ -x "$tool" ] || { echo "make tools first: there is no $tool"; return 1; }
}

# Prometheus takes all samples of it, and of no other series than fuka's.
reads_openmetrics() {
	rm -rf db
	"$FUKA" export "$1" --openmetrics --all -o om
	promtool tsdb create-blocks-from openmetrics om db >log 2>&1 || { cat log; return 1; }
	mkdir -p db/wal
	promtool tsdb dump db >dumped
	[ "$(grep -c "^{" dumped)" -eq "$(grep -vc '^#' om)" ]
	[ "$(grep -c '__name__="node_' dumped)" -eq "$(wc -l <dumped)" ]
}

reads_promtool() {
	"$FUKA" export "$1" --promtool "$root/tests/fixtures/rules.yml" -o test.yml --silent HostOomKillDetected 2>log ||
		{ cat log; return 1; }
	promtool test rules test.yml >log 2>&1 || grep -q 'FAILED' log || { cat log; return 1; }
	[ "$(grep -c '^rule_files' test.yml)" -eq 1 ]
}

reads_all() {
	"$FUKA" export "$1" --csv --all -o csv && python3 "$root/tests/tools/read.py" csv csv || return
	"$FUKA" export "$1" --json --all -o lines && python3 "$root/tests/tools/read.py" lines lines || return
	jq -es 'map(has("time")) | all' lines >log || { cat log; return 1; }
	"$FUKA" export "$1" --sadf -o sadf && jq -e '.sysstat.hosts | length == 1' sadf >log || return
	"$FUKA" report "$1" --json >summary && jq -e '.scenario | type == "string"' summary >log || return
	reads_openmetrics "$1" && reads_promtool "$1"
}

@test "M7: every export of a hostile recording is what its reader takes it for" {
	"$tool" hostile h.fuka
	reads_all h.fuka
}

@test "M7: what a name cannot say is escaped, not lost: a device in JSON, CSV and OpenMetrics" {
	"$tool" hostile h.fuka
	"$FUKA" export h.fuka --json | jq -es 'map(select(has("disk.a'"'"'b\"c\\d\u001b.reads"))) | length == 3'
	"$FUKA" export h.fuka --csv | grep -aqF '"disk.a'"'"'b""c\d?.reads"'
	"$FUKA" export h.fuka --openmetrics | grep -aqF 'node_disk_reads_completed_total{device="a'"'"'b\"c\\d?",'
	# shellcheck disable=SC2016 # a name
	run -0 "$FUKA" export h.fuka --openmetrics -o om
	says "whose names are not valid in Prometheus"
}

@test "M7: a rule file's path and an alert's name cannot leave their place in the rule test" {
	"$tool" hostile h.fuka
	cat >"it's.yml" <<-'END'
		groups:
		  - name: a
		    rules:
		      - alert: "A'} \" x"
		        expr: node_load1 > 1e9
	END
	"$FUKA" export h.fuka --promtool "it's.yml" --silent "A'} \" x" -o test.yml
	promtool test rules test.yml
	cp "it's.yml" $'e\e.yml'
	run -2 "$FUKA" export h.fuka --promtool $'e\e.yml'
	says "a rule test cannot contain this file name"
}

@test "M7: the page's data are JSON without an infinity, and end no script" {
	"$tool" hostile h.fuka
	[ -e /usr/share/javascript/dygraphs/dygraph.min.js ] || skip "libjs-dygraphs"
	"$FUKA" report h.fuka --html page.html >/dev/null
	sed -n '/<script type="application\/json" id="data">/,/<\/script>/p' page.html |
		sed 's/.*id="data">//; s/<\/script>.*//' | jq -e '.name | length > 5'
	python3 "$root/tests/tools/fit.py" <(sed 's/\t/ /g; s/.*dygraph.*//' <(sed -n '/id="data">/,/<\/script>/p' page.html))
}

@test "M7: recordings of random words, all exports, read by others" {
	for seed in $(seq "${SEED:-1}" "$((${SEED:-1} + ${SEEDS:-10} - 1))"); do
		"$tool" nasty n.fuka "$seed"
		reads_all n.fuka || { echo "seed $seed"; return 1; }
	done
}
