#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# CONTRIBUTING's worked examples, carried out as they stand in a copy of this tree.
# shellcheck disable=SC2016 # backticks are Markdown's
# shellcheck source=tests/lib.bash
source "$BATS_TEST_DIRNAME/lib.bash"

# The block of code after the first line of CONTRIBUTING that holds TEXT.
block() {
	awk -v text="$1" '!found && index($0, text) { found = 1; next } found && /^```/ { if (on) exit; on = 1; next } on' \
		"$root/CONTRIBUTING.md"
}

# insert TEXT FILE: standard input goes before its first line that begins so; without TEXT, to its end.
insert() {
	awk -v text="$1" 'NR == FNR { rows = rows $0 "\n"; next }
		text != "" && index($0, text) == 1 && !done { printf "%s", rows; done = 1 } { print }
		END { if (text == "") printf "%s", rows; else exit !done }' - "$2" >new && mv new "$2"
}

setup_file() {
	export COPY=$BATS_FILE_TMPDIR/copy
	local built=${FUKA%/fuka}

	mkdir "$COPY"
	cd "$root" || return
	git ls-files -z | xargs -0 cp -pP --parents -t "$COPY"
	mkdir "$COPY/build"
	cp -a "$built/obj" "$COPY/build/"
	ln -s "$(realpath "${FUKA_HOME:-$built}/kernels")" "$COPY/build/kernels"
	cd "$COPY" || return

	block 'loadgen/generators/yield.c`:' >loadgen/generators/yield.c
	insert '' loadgen/generators/list.h <<<'GENERATOR(yield)'
	block 'scenarios/yield-is-system-time.yaml`;' >scenarios/yield-is-system-time.yaml
	block 'collect/sample/sources/buddyinfo.c`:' >collect/sample/sources/buddyinfo.c
	block 'a row in `lib/record/source_list.h`, before vmstat' | insert 'SOURCE(vmstat,' lib/record/source_list.h
	block 'lab/scenario/actions/sync.c`:' >lab/scenario/actions/sync.c
	block 'a row in `lab/scenario/actions/list.h`:' | insert '' lab/scenario/actions/list.h
	block 'A row in `machine_params` of' | insert '	{"cmdline", PARAM_TEXT' lab/scenario/scenario_machine.c
	block 'its member in `struct machine_spec`:' | insert '	char *swap;' lab/scenario/scenario.h
	block 'and where it takes effect' | insert '	if (m->cmdline)' lab/host/machine.c
	block 'collect/show/exports/names.c`:' >collect/show/exports/names.c
	block 'a row in `collect/show/exports/list.h`:' | insert '' collect/show/exports/list.h
	block 'collect/command_count.c`:' >collect/command_count.c
	block 'a row in `lab/commands.h`:' | insert '' lab/commands.h
	block 'A row in `lab/packages`, PACKAGE' >>lab/packages
	block 'lab/expect/loses.c`:' >lab/expect/loses.c
	block 'a row in `lab/expect/list.h`:' | insert '' lab/expect/list.h
	block 'which others use, too: `collect/parse/buddyinfo.h`:' >collect/parse/buddyinfo.h
	block 'and `collect/parse/buddyinfo.c`, with' >collect/parse/buddyinfo.c
	block 'a family of metrics, `collect/metrics/buddyinfo.c`' >collect/metrics/buddyinfo.c
	block 'and a row in `collect/metrics/list.h`, with' | insert '' collect/metrics/list.h
	block 'A row in `collect/analyse/klog_classes.h`, before' | insert 'CLASS(bug,' collect/analyse/klog_classes.h
	block 'collect/show/views/waits.c`:' >collect/show/views/waits.c
	block 'a row in `collect/show/views/list.h`:' | insert '' collect/show/views/list.h
	block '`kmod/families/crash.h`, a row' | insert '' kmod/families/crash.h
	block '`kmod/families/crash.c`, its function' | insert '#define FUKA_TABLE' kmod/families/crash.c
	make -s -j2 BUILD=build all >"$BATS_FILE_TMPDIR/log" 2>&1 3>&- || { cat "$BATS_FILE_TMPDIR/log"; return 1; }
}

setup() {
	cd "$COPY" || return
	FUKA=$COPY/build/fuka FUKA_HOME=$COPY/build
	export FUKA FUKA_HOME
}

@test "CONTRIBUTING's generator and scenario: listed, run here, run in a guest" {
	run_fuka list
	says "yield " "yield-is-system-time"
	run_fuka list yield
	says "tasks that yield"
	run_fuka load yield --tasks 2 --for 200ms
	exits 0
	run_fuka run --out "$BATS_TEST_TMPDIR/out" yield-is-system-time
	exits 0
}

@test "CONTRIBUTING's source, metric and view: recorded when asked for, figured and shown" {
	run_fuka collect --sources +buddyinfo --for 500ms -o "$BATS_TEST_TMPDIR/x.fuka"
	exits 0
	run_fuka list metrics
	says "buddy.NODE_ZONE.large"
	"$FUKA" export "$BATS_TEST_TMPDIR/x.fuka" --csv | head -1 | grep -q 'buddy\.0_dma32\.large'
	run_fuka report "$BATS_TEST_TMPDIR/x.fuka" --view waits
	exits 0
	says "waits: tasks that waited" "cpu-some"
	"$FUKA" report --json "$BATS_TEST_TMPDIR/x.fuka" | jq -e '.sources.buddyinfo == .samples.count and .samples.count > 1'
}

@test "CONTRIBUTING's words of the timeline and of the machine: in --help, refused where they are wrong, done" {
	run_fuka run --help
	says "{at: 2s, sync: all}" "how much of its log the kernel prints on the console (0 to 8; default 5)"
	cat >"$BATS_TEST_TMPDIR/sync.yaml" <<'YAML'
about: The worked examples of a word of the timeline and of the machine.
machine: {memory: 128M, loglevel: 7}
timeline:
  - {at: 500ms, id: flush, sync: all}
end: 1s
YAML
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/sync.yaml"
	exits 0
	run_fuka report "$(recording_in "$BATS_TEST_TMPDIR/out")" --view events
	says "flush" "sync"
	grep -q 'loglevel=7' "$BATS_TEST_TMPDIR"/out/*/qemu.sh
	sed -i 's/sync: all/sync: some/; s/loglevel: 7/loglevel: 9/' "$BATS_TEST_TMPDIR/sync.yaml"
	run_fuka run --check "$BATS_TEST_TMPDIR/sync.yaml"
	exits 2
	says "sync: 'some'; expected all" "machine.loglevel: '9' is out of range"
	"$FUKA" list --schema | jq -e '.properties.machine.properties.loglevel and
		any(.properties.timeline.items.anyOf[]; .properties.sync)'
}

@test "CONTRIBUTING's class of the kernel's log: listed, expected, told from the others" {
	run_fuka list log
	says "io-error" "I/O error, dev vda, sector 2048"
	cat >"$BATS_TEST_TMPDIR/hard.yaml" <<'YAML'
about: The worked example of a class.
machine: {memory: 128M}
timeline:
  - {at: 500ms, write: {/dev/kmsg: "I/O error, dev vdb, sector 4096 op 0x1:(WRITE)"}}
end: 1s
YAML
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/hard.yaml"
	exits 0
	"$FUKA" report --json "$(recording_in "$BATS_TEST_TMPDIR/out")" | jq -e '[.. | objects | .class?] | index("io-error")'
}

@test "CONTRIBUTING's export, subcommand and package: they do what they say" {
	run_fuka collect --for 300ms -o "$BATS_TEST_TMPDIR/x.fuka"
	exits 0
	run_fuka export "$BATS_TEST_TMPDIR/x.fuka" --names
	exits 0
	says "load1" "cpu.user" "mem.free"
	run_fuka count --source=stat "$BATS_TEST_TMPDIR/x.fuka"
	exits 0
	[ "$output" -ge 2 ]
	run_fuka count "$BATS_TEST_TMPDIR/x.fuka" --source nobody
	exits 2
	says "has no source 'nobody'"
	"$FUKA" help --completion bash | grep -q -- "count:-\*) .*--source"
	run_fuka doctor
	says "packages"
	dpkg-query -W tree >/dev/null 2>&1 || says " tree"
}

@test "CONTRIBUTING's kernel: fetched by its row, and booted" {
	local home=$BATS_TEST_TMPDIR/home

	block 'A row in `lab/kernels`, NAME' >>lab/kernels
	run timeout 300 lab/tools/fetch-kernel 6.1-cloud "$home/kernels" 3>&-
	exits 0
	FUKA_HOME=$home run_fuka run --kernel 6.1-cloud --out "$BATS_TEST_TMPDIR/out" "$root/scenarios/empty.yaml"
	exits 0
	run_fuka report "$(recording_in "$BATS_TEST_TMPDIR/out")"
	says "-cloud-amd64"
}

@test "CONTRIBUTING's expectation: in --help, refused where it is wrong, judged" {
	run_fuka run --help
	says "{loses: kmsg, max: 0}"
	cat >"$BATS_TEST_TMPDIR/loses.yaml" <<'YAML'
about: The worked example of an expectation.
machine: {memory: 128M}
timeline: []
end: 1s
expect:
  - {loses: kmsg, max: 0}
never:
  - {loses: kmsg, max: -1}
YAML
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/loses.yaml"
	exits 0
	says "held   loses kmsg <= 0" "0 frames"
	sed -i 's/, max: 0//' "$BATS_TEST_TMPDIR/loses.yaml"
	run_fuka run --check "$BATS_TEST_TMPDIR/loses.yaml"
	exits 2
	says "loses: needs max:"
}

@test "CONTRIBUTING's fault: listed, and fired in a guest where the module says so" {
	run_fuka fault list
	says "unaligned-free" "how far inside"
	run lab/tools/build-kmod 6.1 build/kmod 3>&-
	exits 0
	cat >"$BATS_TEST_TMPDIR/fault.yaml" <<'YAML'
about: The worked example of a fault.
machine: {memory: 128M}
timeline:
  - {at: 1s, fault: unaligned-free, context: kthread, offset: 8}
end: 3s
expect:
  - {fired: unaligned-free, context: kthread, count: {min: 1}}
YAML
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/fault.yaml"
	exits 0
}
