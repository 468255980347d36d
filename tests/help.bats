#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # lib.bash sets root
# One table an option: --help, man pages and completions say the same, and one parser reads them all.
load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

commands() {
	sed -n 's/^COMMAND(\(.*\))/\1/p' "$root/lab/commands.h"
}

# The long options that --help shows, without their dashes.
options_of() {
	"$FUKA" "$1" --help | sed -n '/^Options:/,/^$/s/^  \(-., \|    \)--\([a-z_]*\).*/\2/p'
}

@test "docs/man and docs/completion are what the commands say now (make docs)" {
	mkdir man
	run_fuka help --man man
	exits 0
	diff -r man "$root/docs/man"
	"$FUKA" help --completion bash | diff - "$root/docs/completion/fuka.bash"
	"$FUKA" help --completion zsh | diff - "$root/docs/completion/_fuka"
	"$FUKA" help --completion fish | diff - "$root/docs/completion/fuka.fish"
	[ "$(find "$root/docs/man" -name 'fuka-*.1' | wc -l)" -eq "$(commands | wc -l)" ]
}

@test "each option of each command is in its man page and in the three completions" {
	local name option seen=0

	for name in $(commands); do
		for option in $(options_of "$name"); do
			grep -qF -- "\\-\\-${option}" "$root/docs/man/fuka-$name.1"
			grep -q -- "$name:-\*) .*--$option " "$root/docs/completion/fuka.bash"
			grep -q -- "'--${option}[=[]" "$root/docs/completion/_fuka"
			grep -q -- "from $name' -l $option " "$root/docs/completion/fuka.fish"
			seen=$((seen + 1))
		done
	done
	[ "$seen" -ge 40 ]
}

@test "the man pages are clean for groff" {
	command -v groff >/dev/null || skip "groff (package groff-base)"
	for page in "$root"/docs/man/*; do
		run groff -k -man -ww -Tutf8 -z "$page"
		[ "$status" -eq 0 ] && [ -z "$output" ] || { echo "$page: $output"; return 1; }
	done
}

@test "bash completes commands, options, an option's words, scenarios and generators" {
	export PATH=${FUKA%/*}:$PATH
	complete_words() {
		bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fuka; printf "%s\n" "${COMPREPLY[@]}"' \
			- "$root/docs/completion/fuka.bash" "$@"
	}
	[ "$(complete_words fuka rep)" = report ]
	[ "$(complete_words fuka run --cl)" = --clock ]
	[ "$(complete_words fuka run --clock v)" = virtual ]
	[ "$(complete_words fuka run oom-no)" = oom-no-killable ]
	[ "$(complete_words fuka load dst)" = dstate ]
	[ "$(complete_words fuka fault di)" = disarm ]
}

@test "every command: --help anywhere, an unknown option and an unwanted operand by name" {
	local name

	for name in $(commands); do
		run_fuka "$name" --no-such-option
		exits 2
		case $name in
		load) says "no-such-option" ;; # which generator is asked first
		fault) says "expected list, status, arm" ;;
		*) says "$name: unknown option '--no-such-option'" "\`fuka $name --help\` explains" ;;
		esac
		run_fuka "$name" operand --help
		exits 0
		says "usage: fuka $name"
	done
	for name in list doctor version help; do
		run_fuka "$name" one two three
		exits 2
		says "unexpected '"
	done
}

@test "an option may be written in each of the ways, before and after operands" {
	for words in "--clock virtual empty" "--clock=virtual empty" "-c virtual empty" "-cvirtual empty" "empty -c virtual" \
		"--check=yes empty" "-- empty"; do
		# shellcheck disable=SC2086 # several words
		run_fuka run --check $words
		exits 0
		says "empty.yaml: valid"
	done
	run_fuka run empty --clock
	exits 2
	says "run: --clock needs a value: one of: scenario virtual real"
	run_fuka run --check=perhaps empty
	exits 2
	says "--check: 'perhaps' is not a valid value; expected true or false"
}

@test "fuka help: a command's help is its --help; an unknown one is refused" {
	for name in $(commands); do
		cmp <("$FUKA" help "$name") <("$FUKA" "$name" --help)
	done
	run_fuka help nobody
	exits 2
	says "there is no command 'nobody'"
	run_fuka help --completion tcsh
	exits 2
	says "expected one of: none bash zsh fish"
}
