#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# loadavg: how far load1 is from its target once it was reached, and in how many updates of the averages it got there
# against the fewest that the kernel's formula permits with that many tasks. scenarios/loadavg-hold.yaml, virtual clock.
#
# Needs: jq, QEMU. Fifteen seconds.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

machine
run_scenario loadavg-hold
for id in $(started); do
	figure "loadavg.$id.off" "$(off "$id")" load1 le 0.1
	updates=$(event_of "$id" reached last | field updates)
	fewest=$(event_of "$id" reached last | field fewest)
	figure "loadavg.$id.updates" "${updates:-999}" updates le "${fewest:-0}"
done
