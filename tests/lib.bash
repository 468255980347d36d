# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # bats sets status and output
# Helpers of the bats files. Sourced at the top of each; every function is one sentence of a test.

bats_require_minimum_version 1.5.0
root=${root:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
: "${FUKA:=$root/build/fuka}"
export root FUKA
RUN_DEADLINE=${RUN_DEADLINE:-400}
# shellcheck source=tests/leaves.bash
source "$root/tests/leaves.bash"

# run_fuka ARGUMENT…: as bats' own `run`, never longer than RUN_DEADLINE seconds, and without bats' file descriptor 3,
# which a QEMU left behind would hold open.
run_fuka() {
	run timeout -k 5 "$RUN_DEADLINE" "$FUKA" "$@" 3>&-
}

# exits STATUS: and if not, what was said.
exits() {
	[ "$status" -eq "$1" ] && return
	echo "expected exit status $1, got $status; it said:"
	echo "$output"
	return 1
}

# says TEXT…: each of them is in what was printed.
says() {
	local text

	for text; do
		[[ $output == *"$text"* ]] && continue
		echo "expected to read: $text"
		echo "it said:"
		echo "$output"
		return 1
	done
}

says_nothing_of() {
	[[ $output != *"$1"* ]] && return
	echo "did not expect to read: $1"
	echo "$output"
	return 1
}

is_gone() {
	[ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

# The only recording below a directory.
recording_in() {
	local found

	mapfile -t found < <(find "$1" -name '*.fuka')
	[ "${#found[@]}" -eq 1 ] || { echo "expected one recording below $1, there are ${#found[@]}" >&2; return 1; }
	echo "${found[0]}"
}

child_named() {
	local pid

	for pid in $(descendants_of "$1"); do
		[[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$2"* ]] && echo "$pid" && return
	done
	return 1
}

# The machine that a fuka runs: the QEMU below it that was given one, not the one that is only asked for its version.
machine_of() {
	local pid

	for pid in $(descendants_of "$1"); do
		[[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == qemu*" -nodefaults "* ]] && echo "$pid" && return
	done
	return 1
}

# Runs a shell script in a mount namespace of its own, where it may mount what it likes. Skips where that is not allowed.
with_own_mounts() {
	local how=(unshare -m)

	[ "$(id -u)" -eq 0 ] || how=(unshare -rm)
	"${how[@]}" mount -t tmpfs none /mnt 2>/dev/null || skip "mount namespaces: this user may not mount anything here"
	run timeout -k 5 "$RUN_DEADLINE" "${how[@]}" bash -c "$@" 3>&-
}

# As somebody who is not root; skips where that user cannot even read fuka and its kernels.
as_nobody() {
	local as=()

	if [ "$(id -u)" -eq 0 ]; then
		as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		"${as[@]}" test -x "$FUKA" -a -r "${FUKA_HOME:-${FUKA%/*}}/kernels/6.1/vmlinux" ||
			skip "a checkout that other users may read: $FUKA"
	fi
	run timeout -k 5 "$RUN_DEADLINE" "${as[@]}" "$@" 3>&-
}

# Each test of a load has a mark, and a directory; what of it is left all the same is ended.
mark_setup() {
	export FUKA_TEST_MARK="$$.$BATS_TEST_NUMBER.$RANDOM"
	cd "$BATS_TEST_TMPDIR" || return
}

mark_teardown() {
	local pid

	for pid in $(marked); do
		kill -9 "$pid" 2>/dev/null || true
	done
}

# The names of all generators.
generators() {
	sed -n 's/^GENERATOR(\(.*\))$/\1/p' "$root/loadgen/generators/list.h" | tr _ -
}

# What a generator must be given, because there is no default, as words of a command line.
given() {
	case $1 in
	loadavg) echo --target 3 ;;
	pressure) echo --resource cpu --percent 30 ;;
	stress-ng) echo --stressor fork --workers 2 ;;
	esac
}

# leaves_nothing GENERATOR: whoever of it is killed.
leaves_nothing() {
	local words needs status=0

	read -ra words < <(given "$1") || true
	run_fuka load "$1" "${words[@]}" --for 300ms
	[ "$status" -ne 77 ] || skip "$output"
	needs=$("$FUKA" list --json 2>/dev/null | jq -r --arg name "$1" '.generators[] | select(.name == $name) | .needs // ""')
	status=0
	kill_each "$1" "${words[@]}" || status=$?
	[ "$status" -ne 2 ] || cat said
	[ "$status" -ne 2 ] || [ -z "$needs" ] || skip "$1 needs $needs; it said: $(tail -n 1 said)"
	return "$status"
}

# passes SCENARIO: or is skipped, when it lacks something of the machine and says what.
passes() {
	run_fuka run --out "$BATS_TEST_TMPDIR/out" "$root/scenarios/$1.yaml"
	[ "$status" -ne 77 ] || skip "$(grep -o 'the machine lacks .*' <<<"$output")"
	exits 0
}

# What a scenario of scenarios/broken says must become of it: "# expect: exit 3: TEXT" in its first line.
must_be() {
	local file=$root/scenarios/broken/$1.yaml more=() line want text

	read -r line <"$file"
	[[ $line =~ ^'# expect: exit '([0-9]+)': '(.+)$ ]]
	want=${BASH_REMATCH[1]} text=${BASH_REMATCH[2]}
	read -ra more < <(sed -n 's/^# fuka run //p' "$file") || true
	export OUT=$BATS_TEST_TMPDIR/out host FILE=$file
	host=$(sed -n 's/^# host: //p' "$file")
	if [ -n "$host" ]; then
		# shellcheck disable=SC2016 # expanded by the inner shell
		with_own_mounts 'mount -t tmpfs none /mnt && echo "$host" >/mnt/meminfo &&
			mount --bind /mnt/meminfo /proc/meminfo && exec "$FUKA" run --out "$OUT" "$FILE"'
	else
		run_fuka run --out "$OUT" "${more[@]}" "$file"
	fi
	exits "$want"
	says "$text"
	[ "$want" -ne 2 ] || [ ! -e "$OUT" ] || { echo "it started something: $(ls "$OUT")"; return 1; }
}
