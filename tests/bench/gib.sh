#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# gib: recordings of $MIB (1024) MiB, packed as badly as they may be: how much memory `fuka report` takes to say what
# happened, and how long for each GiB. One has the samples of a month, one everything there is, each frame in a block of
# its own. Needs: twice that room on the disk of TMPDIR. About ten minutes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

mib=${MIB:-1024}
tool=$(dirname "$fuka")/tests/tools/make-recording
[[ -x $tool ]] || cannot "$tool is not there: \`make tools\` builds it"

# measured COMMAND…: its seconds of CPU and its largest size in MiB
measured() {
	python3 - "$@" <<-'END'
		import resource, subprocess, sys
		subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
		used = resource.getrusage(resource.RUSAGE_CHILDREN)
		print('%.1f %d' % (used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))
	END
}

machine
for kind in sample mixture; do
	"$tool" "big-$kind" "$work/big.fuka" "$mib" || cannot "no recording of $mib MiB"
	for form in text json; do
		option=()
		[[ $form == text ]] || option=(--json)
		read -r seconds rss < <(measured "$fuka" report "${option[@]}" "$work/big.fuka") ||
			cannot "fuka report ${option[*]}"
		figure "report.gib.$kind.$form.rss" "$rss" MiB le 256
		figure "report.gib.$kind.$form.cpu" "$seconds" s -
	done
	rm "$work/big.fuka"
done
