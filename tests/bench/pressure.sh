#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pressure: how long it takes to settle and how far off it then is, for each figure that scenarios/pressure-hold.yaml
# drives PSI to. On the virtual clock: the same on every machine.
#
# Needs: jq, QEMU. Half a minute.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

machine
run_scenario pressure-hold
for id in $(started); do
	figure "pressure.$id.settle" "$(event_of "$id" achieved first | field settle_ns | awk '{ printf "%.1f", $1 / 1e9 }')" s le 30
	figure "pressure.$id.off" "$(off "$id")" pp le 5
done
